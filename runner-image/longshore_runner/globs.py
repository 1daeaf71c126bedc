"""Which files a declared path means, as the operator and the archive have it.

Pure, and the same as longshore.planning.acceptance.globs. A glob is relative to $LONGSHORE_ARTIFACTS: `*`, `?`
and `[a-z]` stay within a name, `**` is any folders.
"""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

Parts = tuple[str, ...]
ANY_FOLDERS = "**"


def is_declared(path: str, declared: Sequence[Mapping[str, str]]) -> bool:
    """Whether a file is, or is part of, an artifact; each of these has a `path` and a `kind`."""
    names = split_path(path)
    return any(_means(artifact, names) for artifact in declared)


def split_path(path: str) -> Parts:
    """A path by its names, without those that say nothing."""
    return tuple(name for name in path.split("/") if name not in {"", "."})


def is_match(glob: Parts, path: Parts) -> bool:
    """Whether the glob means this path."""
    places = _enter(glob, {0})
    for name in path:
        stays = {place for place in places if glob[place : place + 1] == (ANY_FOLDERS,)}
        goes_on = {place + 1 for place in places - stays if place < len(glob) and fnmatchcase(name, glob[place])}
        places = _enter(glob, stays | goes_on)
    return len(glob) in places


def _means(artifact: Mapping[str, str], names: Parts) -> bool:
    glob = split_path(artifact["path"])
    if glob[-1:] == (ANY_FOLDERS,):
        glob = (*glob, "*")  # files lie below a folder, they are not it
    candidates = _list_folders(names) if artifact["kind"] == "dir" else [names]
    return any(is_match(glob, candidate) for candidate in candidates)


def _list_folders(names: Parts) -> Iterator[Parts]:
    return (names[:depth] for depth in range(len(names)))


def _enter(glob: Parts, places: set[int]) -> set[int]:
    """The places in the glob, and those reached from them by no name at all."""
    reached = set(places)
    for place in range(len(glob)):
        if place in reached and glob[place] == ANY_FOLDERS:
            reached.add(place + 1)
    return reached
