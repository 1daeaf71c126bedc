"""The table of statuses knows what has failed, however it came to be what it is."""

import pytest
from longshore.api.step_statuses import StepStatus
from longshore.planning.tables import StatusTable
from support.planning.runs import build_status

FAILED, SUCCEEDED, PENDING = (build_status(phase) for phase in ("Failed", "Succeeded", "Pending"))


@pytest.mark.parametrize(
    ("statuses", "failed", "with_failures"),
    [
        ({}, [], []),
        ({"a": SUCCEEDED, "b": PENDING}, [], []),
        ({"a": FAILED, "b": FAILED}, ["a", "b"], ["a", "b"]),
        ({"a": PENDING, "a[0]": SUCCEEDED, "a[1]": FAILED}, [], ["a"]),
        ({"a": PENDING, "a[0:250]": FAILED}, [], ["a"]),
        ({"a": FAILED, "a[0]": FAILED, "b": SUCCEEDED}, ["a"], ["a"]),
    ],
)
def test_a_table_knows_what_has_failed(
    statuses: dict[str, StepStatus], failed: list[str], with_failures: list[str]
) -> None:
    table = StatusTable(statuses)
    for each in (table, table.copy()):
        assert each == statuses
        assert each.list_failed() == failed
        assert [name for name in ("a", "b") if each.has_failure(name)] == with_failures


def test_a_failure_that_is_taken_back_is_none() -> None:
    """A check sends a step back to work: its next attempt waits."""
    table = StatusTable({"a": FAILED, "a[0]": FAILED, "b": FAILED})
    table.put({"a": PENDING, "a[0]": PENDING})
    assert table.list_failed() == ["b"]
    assert not table.has_failure("a")
    assert table.has_failure("b")


def test_a_copy_goes_its_own_way() -> None:
    table = StatusTable({"a": PENDING})
    copy = table.copy()
    copy["a"] = FAILED
    assert copy.has_failure("a")
    assert not table.has_failure("a")


def test_what_is_set_to_what_it_is_stays_the_same_object() -> None:
    table = StatusTable({"a": PENDING}).copy()
    table["a"] = PENDING.model_copy()
    assert table["a"] is PENDING
    table["a"] = SUCCEEDED
    assert table["a"] is SUCCEEDED


def test_a_table_knows_the_items_of_a_step_in_the_order_in_which_they_came() -> None:
    table = StatusTable({"a": PENDING, "a[8]": PENDING, "a[9]": PENDING, "b": PENDING, "b[0:250]": PENDING})
    copy = table.copy()
    copy["a[10]"] = copy["a[8]"] = FAILED
    assert copy.list_items("a") == ["a[8]", "a[9]", "a[10]"]
    assert table.list_items("a") == ["a[8]", "a[9]"]
    assert [table.list_items(name) for name in "bc"] == [["b[0:250]"], []]
