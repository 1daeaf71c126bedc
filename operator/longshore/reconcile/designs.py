"""Owns what the settings say of archives, in the words of the domain. Must not read settings from anywhere."""

from longshore.api.archives import Transport
from longshore.manifests.archives import ArchiveDesign, ClaimDesign
from longshore.planning.observations import ArchiveUse
from longshore.settings import Settings


def build_design(settings: Settings) -> ArchiveDesign:
    """How archives are made."""
    return ArchiveDesign(
        image=settings.archive_image,
        role=settings.archive_role,
        reviewer_role=settings.archive_reviewer_role,
        data=ClaimDesign(settings.archive_size, settings.archive_storage_class),
        artifacts=_build_artifacts(settings),
        resources=settings.archive_resources,
        environment=settings.archive_environment,
        pull_policy=settings.archive_pull_policy,
        pull_secrets=settings.archive_pull_secrets,
        annotations=settings.archive_pod_annotations,
        gives_volumes=settings.archive_volume_permissions,
    )


def build_use(settings: Settings) -> ArchiveUse | None:
    """How steps use archives; None: there are none."""
    if not settings.archive_enabled:
        return None
    transport: Transport = "HTTP" if _build_artifacts(settings) is None else "Mount"
    return ArchiveUse(transport, settings.archive_upload_seconds)


def _build_artifacts(settings: Settings) -> ClaimDesign | None:
    """The claim that steps mount; None where files travel over HTTP."""
    storage_class = settings.archive_artifacts_storage_class
    is_mounted = settings.archive_transport == "Mount" or (settings.archive_transport == "Auto" and storage_class)
    return ClaimDesign(settings.archive_artifacts_size, storage_class) if is_mounted else None
