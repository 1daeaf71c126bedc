"""Owns what the operator and the archive tell each other in annotations of pods. Must not know who reads it."""

from typing import Annotated, Literal

from pydantic import Field

from longshore.api.fields import Line, Message, Model
from longshore.api.steps import Artifact

Transport = Literal["Mount", "HTTP"]


class PodArtifacts(Model):
    """Of one step of a pod: how its files travel, and which. The operator writes it when it makes the pod."""

    transport: Transport
    """Mount: the step wrote them to the claim `artifacts`; HTTP: a sidecar sends them to the archive."""
    declared: list[Artifact] = []
    """The step's artifacts, as its author declared them."""


class TestCounts(Model):
    """What the reports of kind junit count, together."""

    passed: Annotated[int, Field(ge=0)] = 0
    failed: Annotated[int, Field(ge=0)] = 0
    """Failures and errors."""
    skipped: Annotated[int, Field(ge=0)] = 0


class Archived(Model):
    """Of one step of a pod: what the archive has of its artifacts. It writes it once, when that is final."""

    artifacts: Literal["Stored", "Lost", "Full"]
    """Stored: all that had to be there is. Lost: something is missing, or did not arrive. Full: no room."""
    message: Message = ""
    """What is missing, for people; empty where all is there."""
    missing: list[Line] = []
    """Names of artifacts that were declared, are not optional, and are not there."""
    tests: TestCounts | None = None
    """What reports of kind junit say; None: there are none."""
