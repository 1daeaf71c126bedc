"""Owns what a namespace says of its own archive, in an annotation. Must not know what the chart says."""

from typing import Annotated

from pydantic import ConfigDict, Field

from longshore.api.archives import TransportChoice
from longshore.api.containers import Resources
from longshore.api.fields import ForeignName, Model, Quantity


class _StrictModel(Model):
    """An unknown key is a mistake: nothing else tells the author of an annotation."""

    model_config = ConfigDict(extra="forbid")


class ClaimWishes(_StrictModel):
    """What a claim has otherwise than the chart says."""

    size: Quantity | None = None
    """It only ever grows."""
    storage_class_name: ForeignName | None = None
    """Of a claim that is still to be made."""


class ArtifactWishes(ClaimWishes):
    """What is otherwise of files that go from step to step."""

    transport: TransportChoice | None = None
    """How they travel."""


class ArchiveWishes(ClaimWishes):
    """What the archive of a namespace has otherwise than the chart says."""

    disabled: bool = False
    """Whether the namespace has none; one that is there sleeps, and keeps what it has."""
    resources: Resources | None = None
    """What it needs of a node."""
    volume_permissions: bool | None = None
    """Whether a container gives the volumes to its group first, as root: for those that know no fsGroup."""
    artifacts: Annotated[ArtifactWishes, Field()] = ArtifactWishes()
    """How files go from step to step, and the claim that steps mount where they go by mount."""
    artifacts_retention_seconds: Annotated[int, Field(ge=1)] | None = None
    """For how long artifacts are kept of which their step does not say."""
