"""Owns what the operator and the archive tell each other in annotations of pods. Must not know who reads it."""

from typing import Annotated, Literal

from pydantic import Field

from longshore.api.fields import Label, Line, Message, Model, Timestamp
from longshore.api.steps import Artifact, Cache

Transport = Literal["Mount", "HTTP"]
TransportChoice = Literal["Auto", "Mount", "HTTP"]
"""Auto: by mount where the claim that steps mount has a StorageClass of its own."""
Number = Annotated[int, Field(ge=1)]
Uid = Annotated[str, Field(min_length=1, max_length=64)]


class Input(Model):
    """An attempt whose artifacts a step finds below $LONGSHORE_INPUTS."""

    step: Label
    """The step that left them; they are in the folder of this name."""
    index: Annotated[int, Field(ge=0)] | None = None
    """The item of a fan-out, in a folder of its own below that; None: the step is none."""
    run_uid: Uid
    """The Run of the attempt: an earlier one, where a rerun reuses the step."""
    path: Annotated[str, Field(min_length=1, max_length=128)]
    """The step's path in that Run, such as `test[3]`."""
    attempt: Number

    @property
    def folder(self) -> str:
        """Where they are, below $LONGSHORE_INPUTS."""
        return self.step if self.index is None else f"{self.step}/{self.index}"


class PodArtifacts(Model):
    """Of one step of a pod: how its files travel, and which. The operator writes it when it makes the pod."""

    transport: Transport
    """Mount: the step wrote them to the claim `artifacts`; HTTP: a sidecar sends them to the archive."""
    declared: list[Artifact] = []
    """The step's artifacts, as its author declared them."""
    inputs: list[Input] = []
    """What it may read: what the steps left that it needs."""
    caches: list[Cache] = []
    """The step's caches, with all expressions evaluated."""


class TestCounts(Model):
    """What the reports of kind junit count, together."""

    passed: Annotated[int, Field(ge=0)] = 0
    """Those that went well."""
    failed: Annotated[int, Field(ge=0)] = 0
    """Failures and errors."""
    skipped: Annotated[int, Field(ge=0)] = 0
    """Those that were not run."""


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


class StoredArtifact(Model):
    """An artifact that the archive has."""

    id: str
    """Tells it apart from all others; a function of the attempt, name and path."""
    run: str
    """Name of its Run."""
    run_uid: Uid
    """The Run itself, as a name may be used again."""
    step: str
    """The step's path, such as `test[3]`."""
    attempt: Number
    """The attempt of the step that left it."""
    name: str
    """As the step declares it. Several files that match one declaration share it."""
    kind: str
    """As the step declares it."""
    path: str
    """Below $LONGSHORE_ARTIFACTS; of the kind dir it may be empty, which is all of it."""
    size: int
    """In bytes; of a folder, those of its files together."""
    sha256: str
    """Of its content; of a folder, of what `sha256sum` prints for its files, sorted by path."""
    created_at: Timestamp
    """When it was taken in."""
    expires_at: Timestamp | None = None
    """When it goes; None: with its Run."""


class ClaimStorage(Model):
    """The room on a claim of an archive."""

    name: Label
    """Of the claim."""
    used_bytes: Annotated[int, Field(ge=0)]
    """What is used of it."""
    total_bytes: Annotated[int, Field(ge=0)]
    """What there is, or may be used."""
    is_low: bool
    """Whether 90 % or more are used."""


class StorageReport(Model):
    """The room of an archive."""

    claims: Annotated[list[ClaimStorage], Field(max_length=2)]
    """The archive's own, and the one that steps mount, where there is one."""
