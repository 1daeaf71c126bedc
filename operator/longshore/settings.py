"""Owns the operator's settings: a YAML file, then the environment over it. Nothing is read at import."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)
from pydantic_settings import SettingsError as SourceError

from longshore.api.archives import TransportChoice
from longshore.errors import SettingsError
from longshore.planning.quantities import parse_quantity

CONFIG_VARIABLE = "LONGSHORE_CONFIG"
PREFIX = "LONGSHORE_"


def _check_size(text: str) -> str:
    if not parse_quantity(text):
        raise ValueError("has to be a quantity of bytes, such as 10Gi")
    return text


Size = Annotated[str, AfterValidator(_check_size)]
"""A Kubernetes quantity of bytes, more than none: 10Gi."""


class Settings(BaseSettings):
    """How the operator runs. Each field is a key of the file, and LONGSHORE_<FIELD> in the environment."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, use_attribute_docstrings=True
    )

    namespaces: tuple[str, ...] = ()
    """Namespaces to look after; empty: all."""
    runner_image: Annotated[str, Field(min_length=1)] = "ghcr.io/longshore-dev/runner:0.1.0"
    """Image of the containers that Longshore adds to a pod, such as the checkout."""
    log_format: Literal["auto", "json", "text"] = "auto"
    """auto: text on a terminal, else JSON."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least that is logged."""
    http_host: str = "0.0.0.0"  # noqa: S104 - probes and Prometheus come from other hosts
    """Where /healthz, /readyz and /metrics are served."""
    http_port: Annotated[int, Field(ge=1, le=65535)] = 8080
    """Port of the same."""
    lease_namespace: str = "longshore-system"
    """Namespace of the Lease that tells who leads."""
    lease_name: str = "longshore-operator"
    """Name of that Lease."""
    lease_duration_seconds: Annotated[int, Field(ge=1)] = 15
    """How long others wait for a leader that gives no sign of life."""
    lease_renew_seconds: Annotated[float, Field(gt=0)] = 10
    """How long a leader goes on without having renewed the Lease; less than lease_duration_seconds."""
    lease_retry_seconds: Annotated[float, Field(gt=0)] = 2
    """How long between two tries to take or renew the Lease; less than lease_renew_seconds."""
    identity: str = ""
    """Who this process is in the Lease; empty: the host's name."""
    max_running_runs: Annotated[int, Field(ge=1)] | None = None
    """How many Runs go on at once; others are queued. Runs of another Run do not count. Absent: any number."""
    max_running_runs_per_namespace: Annotated[int, Field(ge=1)] | None = None
    """The same, of each namespace."""
    max_running_steps: Annotated[int, Field(ge=1)] | None = None
    """How many steps have a pod at once; others wait. Those that Kueue admits do not count. Absent: any number."""
    max_running_steps_per_namespace: Annotated[int, Field(ge=1)] | None = None
    """The same, of each namespace."""
    read_nodes: bool = True
    """Whether nodes are watched; else every Agent counts as one whose nodes take pods."""
    archive_enabled: bool = True
    """Whether each namespace with Runs has an archive; else pods stay until their Run goes."""
    archive_image: Annotated[str, Field(min_length=1)] = "ghcr.io/longshore-dev/operator:0.1.0"
    """Image of the archives: the operator's own."""
    archive_pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    """When nodes pull it."""
    archive_pull_secrets: tuple[str, ...] = ()
    """Secrets to pull it with, which have to be in every namespace with Runs."""
    archive_pod_annotations: dict[str, str] = {}
    """More annotations of the archives' pods."""
    archive_role: str = "longshore-archive"
    """ClusterRole that archives have in their namespace."""
    archive_reviewer_role: str = ""
    """ClusterRole by which archives have tokens reviewed, bound as each is made; empty: it is bound already."""
    archive_size: Size = "10Gi"
    """Size of the claim for logs, history, and files that come over HTTP."""
    archive_storage_class: str = ""
    """StorageClass of that claim; empty: the cluster's default."""
    archive_resources: dict[str, dict[str, str | int | float]] = {}
    """What an archive needs of a node, as in a container."""
    archive_idle_seconds: Annotated[int, Field(ge=1)] = 900
    """How long an archive stays up that nobody needs."""
    archive_transport: TransportChoice = "Auto"
    """How files travel between steps; Auto: by mount where archive_artifacts_storage_class is set."""
    archive_artifacts_size: Size = "10Gi"
    """Size of the claim that steps mount."""
    archive_artifacts_storage_class: str = ""
    """StorageClass of that claim; it has to know ReadWriteMany."""
    archive_upload_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    """How long files may be under way once their step has ended."""
    archive_volume_permissions: bool = False
    """Whether a container gives volumes to the archive's group first, as root: for those that know no fsGroup."""
    archive_url: Annotated[str, Field(pattern=r"^https?://[^/]*\{namespace\}[^/]*$")] = (
        "http://archive.{namespace}.svc:8080"
    )
    """Where the archive of a namespace is asked for a pod that is gone."""
    archive_caller: str = ""
    """Service account, in lease_namespace, as which archives are asked; empty: they are not."""
    archive_environment: dict[str, str] = {}
    """Settings of the archives, by name: LOG_LEVEL, ..."""
    api_rate: Annotated[float, Field(gt=0)] = 300
    """Calls a second to the API server, in the long run."""
    api_burst: Annotated[int, Field(ge=1)] = 600
    """Calls to the API server at once."""

    @model_validator(mode="after")
    def _check_lease(self) -> Self:
        """A leader has to give up before another takes over, and to have tried more than once by then."""
        if self.lease_renew_seconds >= self.lease_duration_seconds:
            raise ValueError("lease_renew_seconds has to be less than lease_duration_seconds")
        if self.lease_retry_seconds >= self.lease_renew_seconds:
            raise ValueError("lease_retry_seconds has to be less than lease_renew_seconds")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment over the file that LONGSHORE_CONFIG names."""
        file = os.environ.get(CONFIG_VARIABLE)
        given = (init_settings, env_settings)
        return (*given, YamlConfigSettingsSource(settings_cls, yaml_file=file)) if file else given


def read_settings() -> Settings:
    """The settings of this process. Raises SettingsError that names each wrong field."""
    if file := os.environ.get(CONFIG_VARIABLE):
        _check_file(Path(file))
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("; ".join(_explain(entry) for entry in error.errors(include_input=False))) from None
    except SourceError as error:
        raise SettingsError(f"{error}: a list is written as JSON") from None


def redact(settings: Settings) -> dict[str, Any]:
    """The settings as they may be logged."""
    return {
        name: "**********" if isinstance(value, SecretStr) else value
        for name, value in settings.model_dump().items()
    }


def _check_file(file: Path) -> None:
    try:
        found = yaml.safe_load(file.read_text())
    except OSError as error:
        raise SettingsError(f"{CONFIG_VARIABLE}: {file} can't be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeError) as error:
        raise SettingsError(f"{CONFIG_VARIABLE}: {file} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(found, dict | None):
        raise SettingsError(f"{CONFIG_VARIABLE}: {file} has to hold settings as `name: value`")


def _explain(entry: Any) -> str:
    field = ".".join(map(str, entry["loc"]))
    return f"{field} ({PREFIX}{field.upper()}): {entry['msg']}" if field else str(entry["msg"])
