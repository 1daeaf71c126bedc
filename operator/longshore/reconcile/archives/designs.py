"""Owns what the settings say of archives, in the words of the domain. Must not read settings from anywhere."""

from longshore.manifests.archives import ArchiveDesign, ClaimDesign
from longshore.settings import Settings


def build_design(settings: Settings) -> ArchiveDesign:
    """How archives are made."""
    return ArchiveDesign(
        image=settings.archive_image,
        role=settings.archive_role,
        reviewer_role=settings.archive_reviewer_role,
        data=ClaimDesign(settings.archive_size, settings.archive_storage_class),
        artifacts=ClaimDesign(settings.archive_artifacts_size, settings.archive_artifacts_storage_class),
        resources=settings.archive_resources,
        environment=settings.archive_environment,
        pull_policy=settings.archive_pull_policy,
        pull_secrets=settings.archive_pull_secrets,
        annotations=settings.archive_pod_annotations,
        gives_volumes=settings.archive_volume_permissions,
        transport=settings.archive_transport,
        upload_seconds=settings.archive_upload_seconds,
    )
