"""Owns the look of phases: symbols and colours, which never say more than the words beside them."""

from longshore.planning.times import parse_time, write_duration

SYMBOLS = {"Running": "●", "Succeeded": "✔", "Failed": "✘", "Skipped": "◌", "Canceled": "⊘"}
COLOURS = {"Queued": "yellow", "Running": "cyan", "Succeeded": "green", "Failed": "red", "Canceled": "magenta"}
# Steps in a log are told apart by these, in turn.
PALETTE = ("cyan", "green", "yellow", "magenta", "blue", "bright_cyan", "bright_green", "bright_magenta")


def get_symbol(phase: str) -> str:
    """One character for a phase."""
    return SYMBOLS.get(phase, "○")


def get_colour(phase: str) -> str:
    """The colour of a phase, as rich and click name it; what is not worth a look is dim."""
    return COLOURS.get(phase, "dim")


def write_span(start: str | None, end: str | None, now: str) -> str:
    """How long something took, or has taken until `now`; empty where it has not begun. Times are RFC 3339."""
    if not start:
        return ""
    return write_duration(parse_time(end or now) - parse_time(start))


def cut(text: str, room: int | None) -> str:
    """The text, or its beginning where there is not room for all; None: there is."""
    if room is None or len(text) <= room:
        return text
    return text[: max(0, room - 1)] + "…"
