"""Owns how values of Secrets are made unreadable in lines, and which Secrets a pod refers to. Pure.

A value is found as it is, each line of it, in base64 and as a part of a URL; so are the texts in one that is JSON,
such as a docker config with its passwords. What a program makes of it otherwise can't be found.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote_from_bytes

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
    """The Secrets that a pod refers to: in variables, in volumes, and to pull images."""
    spec = pod["spec"]
    containers = [*spec.get("initContainers", ()), *spec.get("containers", ())]
    found = {
        *list_mounted(pod),
        *(name for container in containers for name in _list_variables(container)),
        *(reference.get("name", "") for reference in spec.get("imagePullSecrets", ())),
    }
    return sorted(filter(None, found))


def list_mounted(pod: Json) -> list[str]:
    """The Secrets that a pod mounts: what they hold may change while it runs."""
    volumes = pod["spec"].get("volumes", ())
    return sorted(filter(None, {name for volume in volumes for name in _list_sources(volume)}))


def list_values(secret: Json) -> Iterator[bytes]:
    """What a Secret holds, and what stands in that."""
    for text in (secret.get("data") or {}).values():
        value = base64.b64decode(text)
        yield value
        yield from _list_texts(value)


def _list_texts(value: bytes) -> Iterator[bytes]:
    """The texts of a JSON object."""
    try:
        parsed = json.loads(value)
        yield from _walk(parsed) if isinstance(parsed, dict) else ()
    except (ValueError, RecursionError):
        return


def _walk(value: Any, name: str = "") -> Iterator[bytes]:
    match value:
        case dict():
            for key, item in value.items():
                yield from _walk(item, key)
        case list():
            for item in value:
                yield from _walk(item, name)
        case str():
            yield value.encode()
            if name == "auth":  # of a docker config: user and password in base64
                yield base64.b64decode(value).partition(b":")[2]


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
                yield quote_from_bytes(text, safe="").encode()
            # What follows a value changes how its last bytes are written; those before them it does not.
            encoded = {base64.b64encode(some) for some in (text, part, text[: len(text) // 3 * 3])}
            yield from (some for some in encoded if len(some) >= SHORTEST_ENCODED)
