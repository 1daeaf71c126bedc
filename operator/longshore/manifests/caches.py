"""Owns where a step's caches are in its pod. Must not know what fills them.

What is in HOME or the working directory stays there, so that the folders above it are the step's own; all else
gets a volume of its own.
"""

from dataclasses import dataclass
from posixpath import join, normpath

from longshore.api.steps import Cache
from longshore.manifests.checkouts import HOME, WORK

BESIDE = "/longshore/caches"
"""Below here the containers beside the step have the volumes of caches: nothing of their image may be hidden."""
CACHE_VOLUME = "longshore-cache-"
_SHARED = {"longshore-work": WORK, "longshore-home": HOME}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cache is."""

    cache: Cache
    volume: str
    path: str
    """Where the step has the volume."""
    root: str
    """Where the containers beside it have the volume."""
    folder: str
    """The cache below that; `.`: all of it."""
    is_own: bool
    """Whether the volume is made for the cache."""


def place_cache(index: int, cache: Cache, base: str) -> Place:
    """The place of the cache with this number; `base` is where the step's command starts."""
    path = resolve_path(cache.path, base)
    for volume, root in _SHARED.items():
        if path == root or path.startswith(f"{root}/"):
            return Place(cache, volume, root, root, path[len(root) + 1 :] or ".", is_own=False)
    return Place(cache, f"{CACHE_VOLUME}{index}", path, f"{BESIDE}/{index}", ".", is_own=True)


def is_within_pod(path: str) -> bool:
    """Whether an absolute path may be a cache's: below /longshore there are only the step's own two folders."""
    own = any(path == root or path.startswith(f"{root}/") for root in _SHARED.values())
    return own or not (path == "/longshore" or path.startswith("/longshore/"))


def resolve_path(path: str, base: str) -> str:
    """The absolute path of a cache: `~/` is HOME, and what is relative is so to `base`."""
    return normpath(join(HOME, path[2:]) if path.startswith("~/") else join(base, path))
