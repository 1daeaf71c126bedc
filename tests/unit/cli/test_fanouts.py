"""Which fan-outs have too many items to show each, and what is said in their place."""

import pytest
from longshore.cli.views.fanouts import MOST_ITEMS, count_folded, is_hidden
from unit.cli.samples import Object, step


def items(count: int, phase: str, first: int = 0) -> dict[str, Object]:
    """Items of a step `test`."""
    return {f"test[{number}]": step(phase) for number in range(first, first + count)}


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ({"build": step("Running")}, {}),
        ({"test": step("Running"), **items(MOST_ITEMS, "Running")}, {}),
        ({"test": step("Running"), **items(MOST_ITEMS + 1, "Running")}, {"test": "21 items: 21 Running"}),
        (
            {
                "test": step("Running"),
                **items(1, "Pending"),
                **items(1, "Failed", first=1),
                **items(28, "Succeeded", first=2),
            },
            {"test": "30 items: 28 Succeeded, 1 Failed, 1 Pending"},
        ),
    ],
    ids=["no fan-out", "few", "many", "what is done comes first"],
)
def test_count_folded(steps: Object, expected: dict[str, str]) -> None:
    assert count_folded(steps) == expected


@pytest.mark.parametrize(
    ("path", "hidden"), [("test[3]", True), ("test", False), ("build[0]", False), ("build", False)]
)
def test_only_the_items_of_what_is_folded_are_hidden(path: str, *, hidden: bool) -> None:
    assert is_hidden(path, {"test"}) is hidden
