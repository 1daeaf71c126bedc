"""Whose line of a log it is."""

from click import unstyle
from longshore.cli.views.loglines import Prefixes


def test_lines_of_several_steps_begin_with_their_step() -> None:
    prefixes = Prefixes(["build", "e2e"])
    assert unstyle(prefixes.write("build", 1, "making")) == "build │ making"
    assert unstyle(prefixes.write("e2e", 2, "[x] trying")) == "e2e#2 │ [x] trying"


def test_steps_have_colours_of_their_own() -> None:
    prefixes = Prefixes(["a", "b"])
    assert prefixes.write("a", 1, "") != prefixes.write("b", 1, "").replace("b", "a")


def test_items_that_come_while_a_fan_out_is_followed_are_told_apart() -> None:
    assert unstyle(Prefixes(["test"]).write("test[3]", 1, "making")) == "test[3] │ making"


def test_lines_of_one_step_are_as_they_are() -> None:
    assert Prefixes(["build"]).write("build", 3, "making") == "making"
