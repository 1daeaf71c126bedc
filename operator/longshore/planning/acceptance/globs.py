"""Owns which files a declared path means, wherever that is asked. Pure.

A path is a glob of the shell, relative to $LONGSHORE_ARTIFACTS: `*`, `?` and `[a-z]` stay within a name, `**` is
any folders, also none. Case matters; a leading dot does not. Links are no files, so none is ever followed.
"""

from fnmatch import fnmatchcase

Parts = tuple[str, ...]
"""A path or a glob, by its names; () is the folder itself."""

ANY_FOLDERS = "**"


def read_glob(path: str) -> Parts:
    """A declared path by its names: `./out/` is `out`."""
    parts = split_path(path)
    # Files lie below a folder, they are not it.
    return (*parts, "*") if parts[-1:] == (ANY_FOLDERS,) else parts


def split_path(path: str) -> Parts:
    """A path by its names, without those that say nothing."""
    return tuple(name for name in path.split("/") if name not in {"", "."})


def explain_glob(path: str, kind: str) -> str:
    """What is wrong with a declared path, and what to do; empty where nothing is."""
    if path.startswith("/"):
        return "is absolute; write it relative to $LONGSHORE_ARTIFACTS"
    if ".." in split_path(path):
        return "leads out of $LONGSHORE_ARTIFACTS; leave the files within"
    if "\\" in path or not path.isprintable():
        return "holds a backslash or a character that can't be seen; names of artifacts have none"
    if not split_path(path) and kind != "dir":
        return "is the folder itself; declare `**`, or kind: dir"
    return ""


def is_match(glob: Parts, path: Parts) -> bool:
    """Whether the glob means this path. Takes time in proportion to both, whatever the glob holds."""
    places = _enter(glob, {0})
    for name in path:
        stays = {place for place in places if glob[place : place + 1] == (ANY_FOLDERS,)}
        goes_on = {place + 1 for place in places - stays if place < len(glob) and fnmatchcase(name, glob[place])}
        places = _enter(glob, stays | goes_on)
    return len(glob) in places


def _enter(glob: Parts, places: set[int]) -> set[int]:
    """The places in the glob, and those reached from them by no name at all."""
    reached = set(places)
    for place in range(len(glob)):
        if place in reached and glob[place] == ANY_FOLDERS:
            reached.add(place + 1)
    return reached
