"""Owns what a file of an artifact may be called, so that every system can keep it and nobody is deceived. Pure."""

import unicodedata

from longshore.planning.acceptance.globs import split_path

MAX_PATH = 1024  # bytes in UTF-8
MAX_NAME = 255  # bytes in UTF-8, what file systems take
MAX_DEPTH = 64
_HIDDEN = {"Cc", "Cs", "Zl", "Zp"}
_TURNS_TEXT = {"\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"}


def explain_path(path: str) -> str:
    """Why no file of an artifact can be called so, with what to do; empty where it can."""
    names = path.split("/")
    if any(name in {"", ".", ".."} for name in names):
        return (
            "is not relative, or has an empty name, `.` or `..`; send paths as they are below $LONGSHORE_ARTIFACTS"
        )
    if "\\" in path or any(unicodedata.category(letter) in _HIDDEN or letter in _TURNS_TEXT for letter in path):
        return "holds a backslash or a control character; rename the file"
    if not unicodedata.is_normalized("NFC", path):
        return "is not in Unicode's normal form NFC; rename the file"
    if (
        len(path.encode()) > MAX_PATH
        or len(names) > MAX_DEPTH
        or any(len(name.encode()) > MAX_NAME for name in names)
    ):
        return f"is too long: at most {MAX_PATH} bytes, {MAX_NAME} a name, {MAX_DEPTH} names; rename the file"
    return ""


def list_folders(path: str) -> list[str]:
    """The folders that a file is in, the outermost first: "" is the attempt's own."""
    names = split_path(path)
    return ["/".join(names[:depth]) for depth in range(len(names))]


def is_within(path: str, folder: str) -> bool:
    """Whether a file is somewhere below a folder."""
    return not folder or path.startswith(f"{folder}/")


def build_relative(path: str, folder: str) -> str:
    """A file's path as seen from a folder that it is in."""
    return path[len(folder) + 1 :] if folder else path
