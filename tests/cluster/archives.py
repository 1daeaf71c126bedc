"""Archives of images in Docker's format, and the record of what was loaded from them where."""

import json
import tarfile
from pathlib import Path

from .errors import ClusterError


def image_ids(archive: Path) -> dict[str, str]:
    """The id of each image, by tag; ClusterError if this is no docker-archive."""
    try:
        with tarfile.open(archive) as tar:
            manifest = tar.extractfile("manifest.json")
            images = json.load(manifest) if manifest else []
    except (tarfile.ReadError, KeyError) as error:
        raise ClusterError(f"{archive} is no docker-archive, as `docker save` writes") from error
    return {tag: image["Config"] for image in images for tag in image["RepoTags"] or ()}


def is_loaded(record: Path, archive: Path) -> bool:
    """Whether the tags already stand for the archive's images there."""
    ids = image_ids(archive)
    return bool(ids) and ids.items() <= read(record).items()


def mark_loaded(record: Path, archive: Path) -> None:
    """Note what the tags stand for now."""
    record.write_text(json.dumps(read(record) | image_ids(archive)))


def read(record: Path) -> dict[str, str]:
    """The image ids that were noted, by tag."""
    return dict(json.loads(record.read_text())) if record.exists() else {}
