"""What an attempt may be called, since folders are named by it."""

import pytest
from longshore.archive.places import AttemptKey


@pytest.mark.parametrize("step", ["a", "test", "test-2", "test[0]", "test[250:500]"])
def test_an_attempt_has_a_folder(step: str) -> None:
    assert str(AttemptKey("0b7e-11", step, 2).folder) == f"0b7e-11/{step}/2"


@pytest.mark.parametrize(
    ("run_uid", "step", "number"),
    [
        ("..", "a", 1),
        ("", "a", 1),
        ("a/b", "a", 1),
        ("u", "../a", 1),
        ("u", "a/b", 1),
        ("u", "", 1),
        ("u", "A", 1),
        ("u", "a\n", 1),
        ("u", "a[x]", 1),
        ("u", "a" * 129, 1),
        ("u", "a", 0),
        ("u", "a", -1),
    ],
)
def test_what_is_no_attempt_has_none(run_uid: str, step: str, number: int) -> None:
    with pytest.raises(ValueError, match="no attempt"):
        AttemptKey(run_uid, step, number)
