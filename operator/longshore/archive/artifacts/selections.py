"""Decides which of an attempt's files are which artifact. Pure; must not look at files."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from longshore.api.steps import Artifact
from longshore.archive.artifacts.paths import build_relative, list_folders
from longshore.planning.acceptance.globs import is_match, read_glob, split_path


@dataclass(frozen=True, slots=True)
class File:
    """A file that an attempt left."""

    path: str
    """Relative to $LONGSHORE_ARTIFACTS, as paths.explain_path allows it."""
    size: int
    """In bytes."""
    sha256: str
    """Of its content, 64 hexadecimal digits."""
    is_executable: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """One artifact: a file, or a folder with all that is in it."""

    declared: Artifact
    path: str
    """The file's, or the folder's; "" is the whole of $LONGSHORE_ARTIFACTS."""
    members: tuple[str, ...]
    """The paths of its files, sorted."""


def select_artifacts(paths: Iterable[str], declared: Sequence[Artifact]) -> list[Selection]:
    """The artifacts among these files. Several files that match one declaration are as many artifacts."""
    ordered = sorted(paths)
    return [selection for artifact in declared for selection in _select(ordered, artifact)]


def is_declared(path: str, declared: Sequence[Artifact]) -> bool:
    """Whether a file is, or is part of, an artifact."""
    return any(select_artifacts([path], declared))


def find_missing(selections: Iterable[Selection], declared: Sequence[Artifact]) -> list[str]:
    """The names of artifacts that had to be there, and of which there is nothing."""
    found = {selection.declared.name for selection in selections}
    return [artifact.name for artifact in declared if not artifact.optional and artifact.name not in found]


def digest_folder(files: Iterable[File], folder: str) -> str:
    """The sha256 of a folder: of the lines that `sha256sum` prints for its files, sorted by path."""
    listing = {build_relative(file.path, folder): file.sha256 for file in files}
    lines = "".join(f"{listing[path]}  {path}\n" for path in sorted(listing, key=str.encode))
    return hashlib.sha256(lines.encode()).hexdigest()


def _select(paths: list[str], artifact: Artifact) -> list[Selection]:
    glob = read_glob(artifact.path)
    if artifact.kind != "dir":
        return [Selection(artifact, path, (path,)) for path in paths if is_match(glob, split_path(path))]
    folders = {folder for path in paths for folder in list_folders(path)}
    matching = {folder for folder in folders if is_match(glob, split_path(folder))}
    members: dict[str, list[str]] = {}
    for path in paths:
        # The outermost one alone: what lies within it is part of it.
        for folder in [folder for folder in list_folders(path) if folder in matching][:1]:
            members.setdefault(folder, []).append(path)
    return [Selection(artifact, folder, tuple(found)) for folder, found in members.items()]
