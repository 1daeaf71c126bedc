"""Who may have the credentials of an Agent: the verb `use` wherever a graph names it."""

import pytest
from support.admissions import Caller, Manifest, allow, allow_use, build_graph, build_graph_object, build_object

STEP = {"name": "a", "image": "busybox"}
ASKS = {"agents": ["gold"], "credentials": ["forge"]}
NEEDS_USE = "you may not use; ask for the verb use on agents.longshore.dev"
PLACES: dict[str, Manifest] = {
    "a step": build_graph({**STEP, **ASKS}),
    "a later step": build_graph(STEP, {**STEP, "name": "b", "agents": ["silver"]}, {**STEP, "name": "c", **ASKS}),
    "one of several": build_graph({**STEP, "agents": ["silver", "gold"], "credentials": ["forge"]}),
    "defaults": build_graph(STEP, defaults=ASKS),
    "defaults that each step replaces": build_graph({**STEP, "agents": ["silver"]}, defaults=ASKS),
    "finally": build_graph(STEP, **{"finally": [{**STEP, "name": "z", **ASKS}]}),
}


@pytest.fixture(scope="module")
def user(guarded: Caller) -> Caller:
    """Somebody who may write graphs, and use an Agent, but not the one with the credentials."""
    kinds = ("workflows.longshore.dev", "runs.longshore.dev", "pods")
    allow(guarded, "user", "create,get,patch,update", *kinds)
    allow_use(guarded, "user", ["silver"])
    return guarded.as_user("user")


@pytest.mark.parametrize("graph", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("kind", ["Workflow", "Run"])
def test_each_place_that_names_an_agent_needs_the_verb_use(
    guarded: Caller, user: Caller, kind: str, graph: Manifest
) -> None:
    said = user.refuse_manifest(build_graph_object(kind, graph))
    assert NEEDS_USE in said
    assert "gold" in said
    guarded.create(build_graph_object(kind, graph))


def test_a_workflow_comes_to_name_an_agent_by_those_who_may_use_it_alone(guarded: Caller, user: Caller) -> None:
    user.create(build_object("Workflow", "growing", build_graph(STEP)))
    patch = '--patch={"spec": {"defaults": {"agents": ["gold"]}}}'
    change = ("patch", "workflows.longshore.dev", "growing", "--type=merge", patch)
    assert NEEDS_USE in user.refuse(*change)
    guarded.kubectl(*change)
    # Who may not use it may still run it: its author could.
    assert user.create(build_object("Run", "of-another", {"workflowRef": {"name": "growing"}}))
