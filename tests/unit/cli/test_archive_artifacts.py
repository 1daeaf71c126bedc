"""Artifacts as people name them."""

import pytest
from longshore.cli.archives.artifacts import choose_artifacts, list_items
from longshore.cli.words.mistakes import MistakeError
from unit.cli.leavings import artifact, item
from unit.cli.scripts import Script, answer

MANY = [
    artifact("build", "wheel"),
    artifact("test[0]"),
    artifact("test[1]", attempt=1, id="old"),
    artifact("test[1]", attempt=2, id="new"),
]


@pytest.mark.parametrize(
    ("wanted", "attempt", "found"),
    [
        ("wheel", None, ["build-wheel"]),
        ("build/wheel", None, ["build-wheel"]),
        ("report", None, ["test[0]-report", "new"]),
        ("test/report", None, ["test[0]-report", "new"]),
        ("test[1]/report", None, ["new"]),
        ("test[1]/report", 1, ["old"]),
        ("old", None, ["old"]),
    ],
)
def test_what_a_name_means(wanted: str, attempt: int | None, found: list[str]) -> None:
    assert [each.id for each in choose_artifacts(MANY, wanted, attempt)] == found


@pytest.mark.parametrize(
    ("wanted", "attempt", "said"),
    [
        ("weel", None, "there is no artifact 'weel'; did you mean 'wheel'?"),
        ("x", None, "there is no artifact 'x'; there are: build/wheel, test[0]/report, test[1]/report"),
        ("wheel", 2, "attempt 2 has no artifact 'wheel'"),
        ("test/wheel", None, "there is no artifact 'test/wheel'; did you mean 'wheel'?"),
    ],
)
def test_what_a_name_does_not_mean(wanted: str, attempt: int | None, said: str) -> None:
    with pytest.raises(MistakeError) as caught:
        choose_artifacts(MANY, wanted, attempt)
    assert caught.value.message == said


def test_all_pages_are_read() -> None:
    pages = [answer({"items": [item("a")], "next": "x"}), answer({"items": [item("b")]})]
    script = Script({"/v1/runs/u/artifacts": pages})
    assert [each["step"] for each in list_items(script.open_archive(), "u")] == ["a", "b"]
    assert script.parameters(1) == {"cursor": "x"}


def test_those_of_a_step() -> None:
    items = answer({"items": [item("test[0]"), item("test[1]"), item("build")]})
    archive = Script({"/v1/runs/u/artifacts": [items]}).open_archive()
    assert [each["step"] for each in list_items(archive, "u", "test")] == ["test[0]", "test[1]"]
