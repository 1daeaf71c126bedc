"""Up to where a log was read: no line is lost or doubled where it is taken up."""

import pytest
from longshore.cli.logs.marks import Mark

LOG = ["01 a", "02 b", "02 c", "03 d"]


@pytest.mark.parametrize("read", range(len(LOG) + 1))
def test_taken_up_after_any_line(read: int) -> None:
    mark = Mark()
    first = list(mark.take_new(LOG[:read]))
    again = [line for line in LOG if line.partition(" ")[0] >= mark.time]
    assert first + list(mark.take_new(again)) == LOG


def test_the_source_may_begin_earlier() -> None:
    mark = Mark("02", 1)
    assert list(mark.take_new(LOG)) == ["02 c", "03 d"]
    assert mark == Mark("03", 1)


def test_a_clock_that_is_set_back_loses_no_line() -> None:
    mark = Mark()
    assert list(mark.take_new(["05 a", "03 b", "04 c"])) == ["05 a", "03 b", "04 c"]
    assert mark == Mark("05", 1)
