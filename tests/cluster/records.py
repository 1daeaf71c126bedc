"""The record of what `up` made, by which `down` knows what it may stop."""

from enum import StrEnum

from .settings import STATE

RECORD = STATE / "provider"


class Name(StrEnum):
    """Whose cluster it is. On DOCKER and PODMAN it is kind's."""

    EXISTING = "existing"
    DOCKER = "docker"
    PODMAN = "podman"
    LOCAL = "local"


def read() -> Name | None:
    """What `up` made; None if nothing, or if `down` has stopped it since."""
    return Name(RECORD.read_text()) if RECORD.exists() else None


def forget() -> None:
    """Say that nothing is there to stop."""
    RECORD.unlink(missing_ok=True)


def write(name: Name) -> None:
    """Say who makes a cluster. This comes before anything starts, so that `down` can end half an `up`."""
    STATE.mkdir(parents=True, exist_ok=True)
    RECORD.write_text(name)
