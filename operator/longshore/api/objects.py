"""Owns what every Kubernetes object has, as far as Longshore reads it, and references to other objects."""

from typing import Annotated, Literal

from pydantic import Field

from longshore.api.fields import ForeignName, Line, Message, Model, Reason, Timestamp

KeyPart = Annotated[str, Field(min_length=1, max_length=253)]


class Metadata(Model):
    """Metadata of an object; what is absent in a manifest is filled in by the API server."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    generation: int = 0
    resource_version: str = ""
    creation_timestamp: Timestamp | None = None
    deletion_timestamp: Timestamp | None = None
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class Condition(Model):
    """One aspect of the object's state, as in all of Kubernetes."""

    type: Annotated[str, Field(min_length=1, max_length=316)]
    """What this condition tells, in CamelCase."""
    status: Literal["True", "False", "Unknown"]
    """Whether it holds."""
    reason: Reason
    """Why, in one CamelCase word for programs."""
    message: Message = ""
    """Why, and the remedy, for people."""
    last_transition_time: Timestamp
    """When the status last changed."""
    observed_generation: Annotated[int, Field(ge=0)] = 0
    """The generation of the spec that this was found for."""


class SecretReference(Model):
    """A Secret in the same namespace."""

    name: ForeignName
    """Name of the Secret."""


class ConfigMapReference(Model):
    """A ConfigMap in the same namespace."""

    name: ForeignName
    """Name of the ConfigMap."""


class KeyReference(Model):
    """One key of a Secret or a ConfigMap in the same namespace."""

    name: ForeignName
    """Name of the Secret or ConfigMap."""
    key: KeyPart
    """Key in it."""
    optional: bool = False
    """Whether it may be missing."""


class EnvSource(Model):
    """A Secret or ConfigMap, all of whose keys become variables."""

    name: ForeignName
    """Name of the Secret or ConfigMap."""
    optional: bool = False
    """Whether it may be missing."""


class FieldReference(Model):
    """A field of the pod."""

    field_path: Line
    """Path of the field, such as metadata.name or status.podIP."""
