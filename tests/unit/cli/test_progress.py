"""The bar of a transfer on a terminal."""

from io import StringIO

import pytest
from longshore.cli.terminal import screens
from longshore.cli.terminal.screens import show_progress
from rich.console import Console


def test_size_and_speed_have_the_same_units(monkeypatch: pytest.MonkeyPatch) -> None:
    painted = StringIO()
    console = Console(file=painted, force_terminal=True, width=100, color_system=None)
    monkeypatch.setattr(screens, "build_console", lambda **_: console)
    with show_progress("build/image", 300 * 2**20) as advance:
        for _ in range(3):
            advance(100 * 2**20)
    said = painted.getvalue()
    assert "300.0/300.0 MiB" in said
    assert "iB/s" in said
    assert "B/s" not in said.replace("iB/s", "")
