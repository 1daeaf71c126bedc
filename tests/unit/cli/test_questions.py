"""Which questions of a Run are open, and which of them is meant."""

import pytest
from longshore.cli.views.questions import build_questions
from longshore.cli.words.mistakes import MistakeError
from longshore.cli.words.questions import choose_question, find_open_questions
from unit.cli.samples import Object, asking_run, paint, question, run, step


def asked(*names: str) -> Object:
    """A Run whose steps ask, each under the id that is its name."""
    waits = {name: step("Pending", "AwaitingInput", attempt=1) for name in names}
    return run({"phase": "Running", "steps": waits, "questions": {name: question(name) for name in names}})


@pytest.mark.parametrize(
    ("steps", "questions", "expected"),
    [
        ({}, {}, []),
        ({"unit": step("Pending", "AwaitingInput")}, {"unit": question("unit")}, ["unit"]),
        ({"unit": step("Succeeded", "Completed")}, {"unit": question("unit")}, []),
        ({"unit": step("Pending", "Suspended")}, {"unit": question("unit")}, []),
        (
            {"unit": step("Pending", "AwaitingInput", attempt=10)},
            {name: question("unit") for name in ("unit", "unit.10", "unit.2", "unit.9")},
            ["unit.10"],
        ),
        (
            {"unit[0]": step("Pending", "AwaitingInput"), "unit[1]": step("Failed", "Rejected")},
            {"unit[0]": question("unit[0]"), "unit[1]": question("unit[1]")},
            ["unit[0]"],
        ),
    ],
    ids=["none", "asked", "answered", "suspended", "asked anew", "items"],
)
def test_find_open_questions(steps: Object, questions: Object, expected: list[str]) -> None:
    shown = run({"phase": "Running", "steps": steps, "questions": questions})
    assert [found.id for found in find_open_questions(shown)] == expected


def test_a_run_that_no_operator_has_seen_asks_nothing() -> None:
    assert find_open_questions(run()) == []


@pytest.mark.parametrize(
    ("shown", "name", "expected"),
    [
        (asked("unit"), None, "unit"),
        (asked("unit", "docs"), "docs", "docs"),
        (asking_run(), "gate", "gate.2"),
        (asking_run(), "gate.2", "gate.2"),
    ],
    ids=["the only one", "by id", "by step", "by the id of a later attempt"],
)
def test_choose_question(shown: Object, name: str | None, expected: str) -> None:
    assert choose_question(shown, name).id == expected


@pytest.mark.parametrize(
    ("shown", "name", "said"),
    [
        (asked(), None, "run 'demo' asks nothing at present"),
        (
            asked("unit", "docs"),
            None,
            "run 'demo' asks 2 questions; name one of: docs (May docs go on?); unit (May unit go on?)",
        ),
        (asked("unit"), "unti", "run 'demo' does not ask 'unti'; did you mean 'unit'?"),
        (asked("unit"), "release", "run 'demo' does not ask 'release'; there are: unit (May unit go on?)"),
        (asking_run(), "gate.1", "run 'demo' does not ask 'gate.1'; did you mean 'gate.2'?"),
    ],
    ids=["none", "several", "nearly right", "not at all", "an earlier attempt"],
)
def test_what_is_not_clear_is_a_mistake_that_lists_what_there_is(
    shown: Object, name: str | None, said: str
) -> None:
    with pytest.raises(MistakeError) as error:
        choose_question(shown, name)
    assert error.value.message == said


def test_the_first_questions_are_shown_with_a_command_that_a_shell_takes() -> None:
    shown = paint(*build_questions(asked("a[0]", "b", "c", "d", "e"), " -n team"))
    assert shown == (
        "  a[0] asks: May a[0] go on?\n  next: kubectl longshore approve demo 'a[0]' -n team (or reject)\n"
        "  b asks: May b go on?\n  next: kubectl longshore approve demo b -n team (or reject)\n"
        "  c asks: May c go on?\n  next: kubectl longshore approve demo c -n team (or reject)\n"
        "  and 2 more questions\n"
    )
