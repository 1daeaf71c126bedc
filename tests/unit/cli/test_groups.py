"""ConcurrencyGroups as a table, and each with all that is known."""

import pytest
from longshore.cli.reasons.groups import advise, describe_state, find_group, list_waiting
from longshore.cli.views.groups import build_groups, build_head, describe_group
from unit.cli.pools import BROWSERS, STAGES, group, holder, placing_run
from unit.cli.samples import NOW, Object, paint, run

PAUSED = group("paused", 0, queued=4)


def test_on_a_terminal() -> None:
    shown = [BROWSERS, STAGES, PAUSED, group("idle", 3)]
    assert (
        paint(build_groups(shown, NOW, with_namespace=False))
        == """\
GROUP     LIMIT  HELD  QUEUED  STATE                   HELD BY
browsers  2      2     3       full                    release 100s, nightly/e2…
stages    1      2     0       full for prod, staging  web-1/deploy 60s, web-2/…
paused    0      0     4       paused: its limit is 0
idle      3      0     0       free
"""
    )
    assert paint(build_head(shown)) == "4 groups: 7 wait\n"


@pytest.mark.parametrize("width", [30, 40, 60])
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    painted = paint(build_groups([BROWSERS, STAGES], NOW, with_namespace=True), width=width)
    assert max(map(len, painted.splitlines())) <= width


@pytest.mark.parametrize(
    ("shown", "state"),
    [
        (group("a", 1), "free"),
        (group("a", 2, holder("x")), "has room"),
        (group("a", 1, holder("x")), "full"),
        (group("a", 1, holder("x"), holder("y")), "full"),
        (group("a", 1, holder("x", key="b"), holder("y", key="a")), "full for a, b"),
        (group("a", 2, holder("x", key="b"), holder("y", key="a")), "has room"),
        (group("a", 1, holder("x", key="b"), holder("y")), "full for no key, b"),
        (PAUSED, "paused: its limit is 0"),
        (group("a", 0, holder("x")), "paused: its limit is 0; 1 hold it still"),
    ],
)
def test_states(shown: Object, state: str) -> None:
    assert describe_state(shown) == state


def test_one_in_detail() -> None:
    assert (
        "\n".join(describe_group(BROWSERS, list_waiting([placing_run()], "browsers"), NOW))
        == """\
Name:           browsers
Namespace:      team
Limit:          2
Order:          FIFO
When Full:      Queue: who comes waits
State:          full
Queued:         3
Created:        2026-01-02T10:00:00Z
Held By:
  RUN      STEP     ATTEMPT  FOR
  release  (whole)           100s
  nightly  e2e[3]   1        60s
Waits For It:
  RUN   STEP  FOR
  demo  e2e   60s"""
    )


def test_keys_and_what_lets_a_paused_one_go_on() -> None:
    lines = list(describe_group(STAGES, [], NOW))
    assert "Limit:          1 for each key" in lines
    assert lines[-2:] == ["  web-1  deploy  1        prod     60s", "  web-2  deploy  1        staging  30s"]
    *_, last = describe_group(PAUSED, [], NOW, " -n x")
    assert last == f"To Go On:       {advise(PAUSED, ' -n x')}"
    assert advise(PAUSED, " -n x") == (
        """kubectl patch concurrencygroups.longshore.dev paused --type=merge -p '{"spec":{"limit":1}}' -n x"""
    )
    assert advise(BROWSERS, "") == "kubectl longshore groups browsers"


def test_a_whole_run_waits_too() -> None:
    whole = run({
        "phase": "Queued",
        "workflowSpec": {"steps": [{"name": "a", "image": "x"}], "concurrency": {"group": "stages"}},
        "conditions": [{"type": "Admitted", "status": "False", "reason": "AwaitingGroup", "message": "2/2 held"}],
    })  # fmt: skip
    [found] = list_waiting([whole, placing_run()], "stages")
    assert (found.name, found.path, found.message) == ("demo", "", "2/2 held")
    assert list(describe_group(STAGES, [found], NOW))[-1] == "  demo  (whole)  2m"
    assert find_group(whole, "") == "stages"
    assert find_group(whole, "a") is None
    assert find_group(run(), "") is None
