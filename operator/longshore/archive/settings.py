"""Owns the archive's settings, all of them from the environment. Nothing is read at import."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from longshore.errors import SettingsError
from longshore.names import ARCHIVE_LOCAL_PORT, ARCHIVE_PORT, ARCHIVE_PROBES_PORT

PREFIX = "LONGSHORE_ARCHIVE_"


class ArchiveSettings(BaseSettings):
    """How the archive runs. Each field is LONGSHORE_ARCHIVE_<FIELD> in the environment."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, use_attribute_docstrings=True
    )

    namespace: Annotated[str, Field(min_length=1)]
    """The namespace that it keeps."""
    data: Path = Path("/archive")
    """Where the claim `archive` is mounted."""
    artifacts: Path | None = None
    """Where the claim `artifacts` is mounted; None: files travel over HTTP alone."""
    upload_seconds: Annotated[int, Field(ge=0)] = 60
    """For how long files may be on their way after their step has ended."""
    host: str = "0.0.0.0"  # noqa: S104 - the Service leads here
    """Where callers with a token are served, and probes."""
    port: Annotated[int, Field(ge=0, le=65535)] = ARCHIVE_PORT
    """Port of callers with a token."""
    local_port: Annotated[int, Field(ge=0, le=65535)] = ARCHIVE_LOCAL_PORT
    """Port on loopback, for whoever may forward a port to this pod."""
    probes_port: Annotated[int, Field(ge=0, le=65535)] = ARCHIVE_PROBES_PORT
    """Port of probes and Prometheus."""
    artifact_bytes: Annotated[int, Field(ge=1)] = 16 * 2**30
    """How large a file of an artifact may be."""
    artifact_files: Annotated[int, Field(ge=1)] = 10_000
    """How many files the artifacts of an attempt may have."""
    artifact_seconds: Annotated[int, Field(ge=1)] | None = None
    """For how long artifacts are kept of which their step does not say; None: as long as their Run."""
    history_seconds: Annotated[int, Field(ge=0)] = 90 * 24 * 3600
    """For how long a Run that ended, and is gone from the cluster, is kept with all that it left."""
    history_runs: Annotated[int, Field(ge=0)] = 10_000
    """How many of those are kept, the newest."""
    log_seconds: Annotated[int, Field(ge=0)] = 30 * 24 * 3600
    """For how long the logs of a Run that ended are kept."""
    quota_bytes: Annotated[int, Field(ge=1)] | None = None
    """What may be used of the claim `archive`; None: all that its volume has."""
    artifacts_quota_bytes: Annotated[int, Field(ge=1)] | None = None
    """The same of the claim `artifacts`."""
    cache_bytes: Annotated[int, Field(ge=0)] = 2 * 2**30
    """What all caches may have together; those that nobody has used for longest go first."""
    cache_entry_bytes: Annotated[int, Field(ge=0)] = 2**30
    """What one cache may have."""
    mask_secrets: bool = False
    """Whether values of the Secrets that a pod refers to are masked in its logs; takes the right to read them."""
    log_format: Literal["auto", "json", "text"] = "auto"
    """auto: text on a terminal, else JSON."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least that is logged."""


def read_settings() -> ArchiveSettings:
    """The settings of this process. Raises SettingsError that names each wrong field."""
    try:
        return ArchiveSettings()
    except ValidationError as error:
        raise SettingsError("; ".join(map(_explain, error.errors(include_input=False)))) from None


def _explain(entry: Any) -> str:
    field = ".".join(map(str, entry["loc"]))
    return f"{PREFIX}{field.upper()}: {entry['msg']}"
