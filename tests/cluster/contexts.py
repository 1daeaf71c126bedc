"""Build contexts: which files an image is built from, and one hash over all of them.

Reads the files as a builder does: with .dockerignore, without Git, which may ignore what a Dockerfile copies.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Wildcards of .dockerignore, longest first.
WILDCARDS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
WILDCARD = re.compile("(" + "|".join(map(re.escape, WILDCARDS)) + ")")


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of .dockerignore. With an exclamation mark it takes files back in."""

    pattern: re.Pattern[str]
    ignores: bool


def parse_rules(text: str) -> list[Rule]:
    """The rules of a .dockerignore."""
    lines = (line.strip() for line in text.splitlines() if not line.startswith("#"))
    return [parse_rule(line) for line in lines if line]


def parse_rule(line: str) -> Rule:
    """A pattern, from the root of the context, for a file or for all in a folder."""
    path = line.removeprefix("!").strip().removeprefix("./").strip("/")
    pieces = (WILDCARDS.get(piece) or re.escape(piece) for piece in WILDCARD.split(path))
    return Rule(re.compile("".join(pieces) + "(?:/.*)?"), ignores=not line.startswith("!"))


def is_ignored(path: str, rules: list[Rule]) -> bool:
    """Whether the path is outside the context: the last rule that matches decides."""
    return next((rule.ignores for rule in reversed(rules) if rule.pattern.fullmatch(path)), False)


def list_files(context: Path) -> Iterator[str]:
    """Paths of the context's files, in order, from its root."""
    ignore = context / ".dockerignore"
    rules = parse_rules(ignore.read_text() if ignore.exists() else "")
    may_return = not all(rule.ignores for rule in rules)
    for folder, folders, files in os.walk(context):
        base = Path(folder).relative_to(context)
        folders[:] = sorted(name for name in folders if may_return or not is_ignored(str(base / name), rules))
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        yield from (path for name in sorted(files + links) if not is_ignored(path := str(base / name), rules))


def hash_context(context: Path, *others: str) -> str:
    """A hash of names, contents, links and executable bits, and of these `others`, as hexadecimal digits."""
    total = hashlib.sha256()
    for part in (*others, *(describe(context, path) for path in list_files(context))):
        total.update(hashlib.sha256(part.encode()).digest())
    return total.hexdigest()


def describe(context: Path, path: str) -> str:
    """What there is to know of a file, in a line."""
    file = context / path
    if file.is_symlink():
        return f"{path} -> {file.readlink()}"
    with file.open("rb") as content:
        return f"{path} {os.access(file, os.X_OK)} {hashlib.file_digest(content, 'sha256').hexdigest()}"
