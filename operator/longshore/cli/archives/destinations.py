"""Owns where artifacts go on this machine: never outside of the target, whatever a step called its files."""

import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from longshore.cli.archives.artifacts import Artifact
from longshore.cli.words.mistakes import MistakeError
from longshore.errors import ArchiveError

_ARCHIVES = (".tar.gz", ".tgz")


def choose_places(artifacts: Sequence[Artifact], output: str | None) -> list[Path]:
    """Where each artifact goes: below a directory, or, of a single one, where `output` says. Writes nothing.

    Raises MistakeError where a link leads out of the directory, ArchiveError for names that no file should have.
    """
    if output is None or output.endswith("/") or Path(output).is_dir():
        root = Path(output or ".")
        places = [root / name for name in _name(artifacts)]
        check_links(root, places)
        return places
    if len(artifacts) > 1:
        names = ", ".join(sorted({artifact.full_name for artifact in artifacts}))
        raise MistakeError(
            f"{len(artifacts)} files are meant ({names}), which need a directory: end --output with /"
        )
    return [Path(output)]


def is_packed(artifact: Artifact, place: Path) -> bool:
    """Whether a folder is to stay the tar.gz as which it comes."""
    return artifact.is_folder and place.name.endswith(_ARCHIVES)


def build_safe_path(path: str) -> PurePosixPath:
    """A relative path that an archive named. Raises ArchiveError for what may lead elsewhere, or deceive."""
    parts = path.split("/")
    if any(part in {"", ".", ".."} or not _is_plain(part) for part in parts):
        raise ArchiveError(f"the archive named a file {path!r}, which is not safe to write")
    return PurePosixPath(path)


def check_free(places: Iterable[Path]) -> None:
    """Raises MistakeError where something would be overwritten."""
    for place in places:
        if place.is_symlink() or place.exists():
            raise MistakeError(f"{str(place)!r} exists; --force overwrites it")


def check_links(root: Path, places: Iterable[Path]) -> None:
    """Raises MistakeError where a link below a directory would lead out of it."""
    for place in places:
        for parent in place.relative_to(root).parents:
            if parent != Path() and (root / parent).is_symlink():
                raise MistakeError(f"{str(root / parent)!r} is a link, which may lead out of {str(root)!r}")


def _name(artifacts: Sequence[Artifact]) -> list[PurePosixPath]:
    """A single one has its own name; several have their paths, below the step's name where steps are several."""
    if len(artifacts) == 1:
        return [PurePosixPath(_get_path(artifacts[0]).name)]
    if len({artifact.step for artifact in artifacts}) == 1:
        return [_get_path(artifact) for artifact in artifacts]
    return [build_safe_path(artifact.step) / _get_path(artifact) for artifact in artifacts]


def _get_path(artifact: Artifact) -> PurePosixPath:
    return build_safe_path(artifact.path or artifact.name)


def _is_plain(part: str) -> bool:
    return "\\" not in part and not any(unicodedata.category(letter).startswith("C") for letter in part)
