"""Owns how values of Secrets are made unreadable in lines, and which Secrets a pod refers to. Pure.

A value is found as it is, and in base64. What a program makes of it otherwise can't be found.
"""

import base64
import re
from collections.abc import Iterable, Iterator

from longshore.archive.ports import Json

SHORTEST = 4
"""Bytes; what is shorter is in any log by chance."""
SHORTEST_ENCODED = 8
MASK = b"***"
_STAMP = rb"^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)(?: |$)"


class Masker:
    """Replaces values in complete lines, but for the times that they begin with."""

    def __init__(self, values: Iterable[bytes] = ()) -> None:
        parts = {part for value in values for part in _list_parts(value)}
        self._values = sorted(parts, key=lambda part: (-len(part), part))
        alternatives = b"|".join(map(re.escape, self._values))
        # The time is matched first, so that no value that looks like a part of one tears it.
        self._pattern = re.compile(rb"(?m)(" + _STAMP + rb")|(?:" + alternatives + rb")")

    @property
    def longest(self) -> int:
        """Bytes of the longest value: so much of a line that goes on may be the beginning of one."""
        return len(self._values[0]) if self._values else 0

    def mask(self, lines: bytes) -> bytes:
        """The lines, with each value replaced."""
        if not any(value in lines for value in self._values):
            return lines
        return self._pattern.sub(lambda found: found.group(1) or MASK, lines)


def list_secrets(pod: Json) -> list[str]:
    """The Secrets that a pod refers to: in variables and in volumes."""
    spec = pod["spec"]
    containers = [*spec.get("initContainers", ()), *spec.get("containers", ())]
    found = {
        *(name for container in containers for name in _list_variables(container)),
        *(name for volume in spec.get("volumes", ()) for name in _list_sources(volume)),
    }
    return sorted(filter(None, found))


def list_values(secret: Json) -> Iterator[bytes]:
    """What a Secret holds."""
    for text in (secret.get("data") or {}).values():
        yield base64.b64decode(text)


def _list_variables(container: Json) -> Iterator[str]:
    for variable in container.get("env", ()):
        yield variable.get("valueFrom", {}).get("secretKeyRef", {}).get("name", "")
    for source in container.get("envFrom", ()):
        yield source.get("secretRef", {}).get("name", "")


def _list_sources(volume: Json) -> Iterator[str]:
    yield volume.get("secret", {}).get("secretName", "")
    for source in volume.get("projected", {}).get("sources", ()):
        yield source.get("secret", {}).get("name", "")


def _list_parts(value: bytes) -> Iterator[bytes]:
    for part in (value, *value.splitlines()):
        text = part.strip()
        if len(text) >= SHORTEST:
            if b"\n" not in text:
                yield text
            # What follows a value changes how its last bytes are written; those before them it does not.
            encoded = {base64.b64encode(some) for some in (text, part, text[: len(text) // 3 * 3])}
            yield from (some for some in encoded if len(some) >= SHORTEST_ENCODED)
