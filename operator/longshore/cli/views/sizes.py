"""Owns how many bytes something has, as one reads it."""

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def write_size(size: int) -> str:
    """A number of bytes with its unit, in three digits or four: 512B, 1.5KiB, 200MiB."""
    value, place = float(size), 0
    while value >= 1000 and place < len(_UNITS) - 1:
        value, place = value / 1024, place + 1
    return f"{value:.0f}{_UNITS[place]}" if place == 0 or value >= 10 else f"{value:.1f}{_UNITS[place]}"
