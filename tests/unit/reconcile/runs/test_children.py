"""What is known of the Runs around one: its children, and those that own it, also after a start."""

from typing import Any

import pytest
from longshore.planning.runs.summaries import RunSummary
from longshore.planning.steps.children import MAX_DEPTH
from longshore.reconcile.runs.children import ChildRuns
from longshore.reconcile.stores import RunStore, parse_run
from support.objects import Json, build_run
from support.ports import FakeRuns, FakeStatuses


class Family:
    """The API server's Runs, and what the operator knows of them."""

    def __init__(self) -> None:
        self.statuses, self.store = FakeStatuses(), RunStore()
        self.runs = FakeRuns(self.statuses)
        self.children = ChildRuns(self.runs, self.store)

    def add(self, name: str, owner: str = "", **fields: Any) -> Json:
        """A Run that the API server has, and that the operator has not seen."""
        run = {**build_run(name=name), **fields}
        if owner:
            reference = {"controller": True, "kind": "Run", "name": owner, "uid": f"uid-of-{owner}"}
            run["metadata"] = {**run["metadata"], "ownerReferences": [reference]}
        self.statuses.objects[run["metadata"]["uid"]] = run
        return run

    async def look(self, run: Json) -> tuple[RunSummary, ...]:
        """Look for what is unseen of a Run that was seen; its lineage then."""
        self.store.put(run)
        await self.children.find_unseen(parse_run(run).run)
        return self.store.lineage_of(run["metadata"]["uid"])


@pytest.fixture
def family() -> Family:
    return Family()


def record(child: str) -> Json:
    """A status with a step whose child goes on."""
    return {"phase": "Running", "steps": {"deploy": {"phase": "Running", "attempt": 1, "run": child}}}


async def test_a_child_on_record_that_is_unseen_is_looked_for(family: Family) -> None:
    family.add("child", "parent")
    await family.look(family.add("parent", status=record("child")))
    assert family.children.of_run("uid-of-parent").keys() == {"child"}


@pytest.mark.parametrize("owner", ["another", ""])
async def test_a_run_of_that_name_is_not_ours_because_it_is_there(family: Family, owner: str) -> None:
    family.add("child", owner)
    await family.look(family.add("parent", status=record("child")))
    assert family.children.of_run("uid-of-parent") == {}


async def test_a_child_that_is_gone_is_gone(family: Family) -> None:
    await family.look(family.add("parent", status=record("child")))
    assert family.children.of_run("uid-of-parent") == {}


async def test_those_that_own_a_run_are_looked_for(family: Family) -> None:
    family.add("top")
    family.add("middle", "top")
    lineage = await family.look(family.add("bottom", "middle"))
    assert [run.name for run in lineage] == ["middle", "top"]


async def test_an_owner_that_is_gone_ends_the_lineage(family: Family) -> None:
    family.add("middle", "gone")
    assert [run.name for run in await family.look(family.add("bottom", "middle"))] == ["middle"]


async def test_runs_that_own_one_another_end_it_too(family: Family) -> None:
    family.add("egg", "hen")
    assert len(await family.look(family.add("hen", "egg"))) == MAX_DEPTH
