"""Whose line of a log it is."""

from click import style, unstyle
from longshore.cli.views.loglines import Prefixes
from longshore.cli.views.styles import PALETTE

STEPS = ["build", "e2e", "test"]


def test_lines_of_several_steps_begin_with_their_step() -> None:
    prefixes = Prefixes(STEPS, ["build", "e2e"])
    assert unstyle(prefixes.write("build", 1, "", "making")) == "build │ making"
    assert unstyle(prefixes.write("e2e", 2, "", "[x] trying")) == "e2e#2 │ [x] trying"
    assert unstyle(prefixes.write("e2e", 1, "database", "ready")) == "e2e/database │ ready"


def test_what_comes_later_and_is_longer_makes_room() -> None:
    prefixes = Prefixes(STEPS, ["test"])
    assert unstyle(prefixes.write("test[13]", 1, "", "making")) == "test[13] │ making"
    assert unstyle(prefixes.write("test[1]", 1, "", "making")) == "test[1]  │ making"


def test_a_step_has_the_same_colour_whatever_else_is_shown() -> None:
    few, many = Prefixes(STEPS, ["test[1]"]), Prefixes(STEPS, [*STEPS, "test[1]"])
    assert few.write("test[1]", 1, "", "") == many.write("test[1]", 1, "", "")
    assert few.write("test[1]", 1, "", "") == style("test[1] │ ", fg=PALETTE[3])


def test_steps_and_items_have_colours_of_their_own() -> None:
    prefixes = Prefixes(STEPS, STEPS)
    colours = [prefixes.write(path, 1, "", "").partition(path)[0] for path in (*STEPS, "test[1]", "test[2]")]
    assert len(set(colours)) == len(colours)
