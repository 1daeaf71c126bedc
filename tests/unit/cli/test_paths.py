"""Which steps and items are meant."""

import pytest
from longshore.cli.words.mistakes import MistakeError
from longshore.cli.words.paths import choose_paths
from unit.cli.samples import fanned_out_run


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (None, ["build", "test[0]", "test[1]", "test[2]"]),
        ("build", ["build"]),
        ("test", ["test[0]", "test[1]", "test[2]"]),
        ("test[1]", ["test[1]"]),
    ],
)
def test_items_have_the_logs_of_their_fan_out(wanted: str | None, expected: list[str]) -> None:
    assert choose_paths(fanned_out_run(3), wanted) == expected


def test_an_item_that_there_is_not() -> None:
    with pytest.raises(MistakeError, match=r"has no step 'test\[7\]'; did you mean 'test\[2\]'\?"):
        choose_paths(fanned_out_run(3), "test[7]")
