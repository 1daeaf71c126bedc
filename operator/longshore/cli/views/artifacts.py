"""Owns artifacts as a table like kubectl's."""

from typing import Any

from longshore.cli.views.sizes import write_size
from longshore.cli.views.styles import write_span
from longshore.cli.views.tables import Column

PATH: Column = ("PATH", lambda item, _: item["path"] or ".")
COLUMNS: tuple[Column, ...] = (
    ("NAME", lambda item, _: item["name"]),
    ("STEP", lambda item, _: _write_step(item)),
    ("KIND", lambda item, _: item["kind"]),
    ("SIZE", lambda item, _: write_size(item["size"])),
    ("AGE", lambda item, now: write_span(item["createdAt"], None, now)),
)
WIDE: tuple[Column, ...] = (
    ("EXPIRES", lambda item, now: write_span(now, item["expiresAt"], now) if item.get("expiresAt") else ""),
    ("SHA256", lambda item, _: item["sha256"][:16]),
    ("ID", lambda item, _: item["id"]),
)


def _write_step(item: dict[str, Any]) -> str:
    """A later attempt is marked as `test#2`, as in logs."""
    return str(item["step"]) + (f"#{item['attempt']}" if item["attempt"] > 1 else "")
