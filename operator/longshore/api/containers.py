"""Owns what a step says of its container: variables, volumes, resources, as in a pod but smaller."""

from typing import Annotated, Literal

from pydantic import Field

from longshore.api.fields import (
    AnyObject,
    ForeignName,
    Label,
    Model,
    Path,
    Quantity,
    Text,
)
from longshore.api.objects import EnvSource, FieldReference, KeyReference

VariableName = Annotated[str, Field(min_length=1, max_length=253, pattern="^[A-Za-z_][A-Za-z0-9_.-]*$")]


class ValueSource(Model):
    """Where the value of a variable comes from. Exactly one field is set."""

    secret_key_ref: KeyReference | None = None
    """A key of a Secret; the kubelet reads it, the operator does not."""
    config_map_key_ref: KeyReference | None = None
    """A key of a ConfigMap."""
    field_ref: FieldReference | None = None
    """A field of the pod."""


class Variable(Model):
    """An environment variable."""

    name: VariableName
    """Name of the variable."""
    value: Text | None = None
    """Its value, with $(expressions); it arrives unchanged whatever they hold."""
    value_from: ValueSource | None = None
    """Where its value comes from, in place of value."""


class Variables(Model):
    """Many environment variables, from a Secret or a ConfigMap."""

    prefix: Annotated[str, Field(max_length=128)] | None = None
    """Put before each key to make the variable's name."""
    config_map_ref: EnvSource | None = None
    """The ConfigMap whose keys become variables."""
    secret_ref: EnvSource | None = None
    """The Secret whose keys become variables; the kubelet reads it, the operator does not."""


class Resources(Model):
    """What the container needs of a node, as in a pod."""

    requests: Annotated[dict[str, Quantity], Field(max_length=16)] | None = None
    """What the scheduler sets aside: cpu, memory, ..."""
    limits: Annotated[dict[str, Quantity], Field(max_length=16)] | None = None
    """What the container may use at most."""


class EmptyDirectory(Model):
    """An empty directory that goes with the pod."""

    size_limit: Quantity | None = None
    """How much it may hold."""
    medium: Annotated[str, Field(max_length=16, pattern="^(Memory)?$")] | None = None
    """Memory: a tmpfs."""


class ClaimVolume(Model):
    """An existing PersistentVolumeClaim of the namespace."""

    claim_name: ForeignName
    """Name of the claim."""


class ConfigMapVolume(Model):
    """The keys of a ConfigMap as files."""

    name: ForeignName
    """Name of the ConfigMap."""
    optional: bool = False
    """Whether it may be missing."""


class SecretVolume(Model):
    """The keys of a Secret as files."""

    secret_name: ForeignName
    """Name of the Secret."""
    optional: bool = False
    """Whether it may be missing."""


class RunVolume(Model):
    """A volume that the steps of a Run share: a claim, made before the first of them, that goes with the Run."""

    size: Quantity
    """How much it holds, such as 1Gi."""
    storage_class_name: ForeignName | None = None
    """The StorageClass; absent: the cluster's default."""
    access_mode: Literal["ReadWriteOnce", "ReadWriteMany", "ReadWriteOncePod"] = "ReadWriteOnce"
    """Who may mount it at the same time: the pods of one node, those of many, or one pod."""


class Volume(Model):
    """A volume and where it is mounted. Exactly one of its sources is set."""

    name: Label
    """Name of the volume, unique in the step."""
    mount_path: Path
    """Where the container finds it."""
    sub_path: Path | None = None
    """A path inside the volume that is mounted in place of its root."""
    read_only: bool = False
    """Whether the container may only read it."""
    empty_dir: EmptyDirectory | None = None
    """An empty directory that goes with the pod."""
    persistent_volume_claim: ClaimVolume | None = None
    """An existing claim."""
    config_map: ConfigMapVolume | None = None
    """A ConfigMap."""
    secret: SecretVolume | None = None
    """A Secret; the kubelet reads it, the operator does not."""
    run: RunVolume | None = None
    """Shared by all steps of the Run that name it, each with the same fields."""


class Service(Model):
    """A container that runs beside the step, such as a database under test, and ends with it."""

    name: Label
    """Name of the container; the step reaches it at localhost."""
    container: AnyObject
    """The container, as in a pod: image, args, env, ports, readinessProbe, resources, ... The step starts once its
    startupProbe has passed, which is its readinessProbe where it has no other. $(expressions) stand in image,
    command, args, env and workingDir."""
