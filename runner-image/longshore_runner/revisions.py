"""Which ref of a server a revision means, and what to fetch for it.

Pure: owns the rules of precedence and the refspecs. Must not run git.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# What `git clone` fetches.
EVERYTHING = ("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")


@dataclass(frozen=True, slots=True)
class Refs:
    """What a server shows.

    Attributes:
        commits: Object ids by the full name of the ref.
        default: The full name of the ref that HEAD points to; empty where the server does not say.
    """

    commits: Mapping[str, str]
    default: str


@dataclass(frozen=True, slots=True)
class Target:
    """What to fetch and check out.

    Attributes:
        label: For people: `branch main`.
        refspec: What to ask the server for; empty where only a search of all history can tell.
        expression: What names the commit once it was fetched.
    """

    label: str
    refspec: str
    expression: str


def candidates(revision: str) -> tuple[str, ...]:
    """The refs that a revision may mean, in order. A branch hides a tag, as with `git clone --branch`."""
    if not revision:
        return ("HEAD",)
    if revision.startswith("refs/"):
        return (revision,)
    return f"refs/heads/{revision}", f"refs/tags/{revision}"


def parse_refs(listing: str) -> Refs:
    """Read the output of `git ls-remote --symref`: lines of `<id> TAB <ref>` and `ref: <ref> TAB HEAD`."""
    pairs = [line.split("\t", 1) for line in listing.splitlines() if "\t" in line]
    default = next((value.removeprefix("ref: ") for value, ref in pairs if value.startswith("ref: ")), "")
    return Refs({ref: value for value, ref in pairs if not value.startswith("ref: ")}, default)


def choose_target(revision: str, refs: Refs) -> Target | None:
    """What a revision means on a server; None if it can mean nothing there."""
    for ref in candidates(revision):
        if ref in refs.commits:
            return _target_of_ref(refs.default if ref == "HEAD" and refs.default else ref)
    commit = revision.lower()
    if re.fullmatch(r"[0-9a-f]{40}", commit):
        return Target(f"commit {commit}", commit, commit)
    if re.fullmatch(r"[0-9a-f]{4,39}", commit):
        return Target(f"commit {commit}", "", commit)
    return None


def _target_of_ref(ref: str) -> Target:
    match ref.split("/", 2):
        case ["refs", "tags", tag]:
            return Target(f"tag {tag}", f"+{ref}:{ref}", ref)
        case ["refs", "heads", branch]:
            local = f"refs/remotes/origin/{branch}"
            return Target(f"branch {branch}", f"+{ref}:{local}", local)
        case _:
            local = f"refs/remotes/origin/{ref.removeprefix('refs/')}"
            return Target(ref, f"+{ref}:{local}", local)
