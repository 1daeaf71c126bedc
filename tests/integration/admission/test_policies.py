"""Who may write status, Runs and graphs: administrator, operator and an ordinary editor try."""

import json

import pytest
from support.admissions import (
    Caller,
    Manifest,
    allow,
    allow_use,
    build_graph,
    build_graph_object,
    build_object,
    make_run,
)

STATUS = "--subresource=status"
STEP = {"name": "a", "image": "busybox"}
GRAPH_KINDS = ("Workflow", "Run")


@pytest.mark.parametrize("plural", ["workflows", "runs", "agents", "concurrencygroups"])
def test_only_the_operator_writes_status(guarded: Caller, operator: Caller, alice: Caller, plural: str) -> None:
    kind, spec = {
        "workflows": ("Workflow", build_graph()),
        "runs": ("Run", {"workflowRef": {"name": "w"}}),
        "agents": ("Agent", {}),
        "concurrencygroups": ("ConcurrencyGroup", {"limit": 1}),
    }[plural]
    guarded.create(build_object(kind, "watched", spec))
    status = {"message": "done"} if kind == "Run" else {"active": 1}
    patch = (
        "patch",
        f"{plural}.longshore.dev",
        "watched",
        "--type=merge",
        STATUS,
        f"--patch={json.dumps({'status': status})}",
    )
    for caller in (guarded, alice):
        assert "only Longshore's operator writes status" in caller.refuse(*patch)
    operator.kubectl(*patch)


def test_the_status_of_a_run_that_another_controller_manages_is_its_own(guarded: Caller) -> None:
    for name, manager in (("foreign", "example.com/me"), ("ours", "longshore.dev/operator")):
        guarded.create(build_object("Run", name, {"workflowRef": {"name": "w"}, "managedBy": manager}))
    patch = ("--type=merge", STATUS, '--patch={"status": {"phase": "Running"}}')
    guarded.kubectl("patch", "runs.longshore.dev", "foreign", *patch)
    assert "only Longshore's operator writes status" in guarded.refuse(
        "patch", "runs.longshore.dev", "ours", *patch
    )


def test_nobody_makes_runs_for_others(guarded: Caller, operator: Caller, alice: Caller) -> None:
    run = build_object("Run", "for-bob", {"workflowRef": {"name": "w"}, "createdBy": "bob"})
    for caller, user in ((guarded, "admin"), (alice, "alice")):
        assert f"spec.createdBy names somebody else; put {user} there" in caller.refuse_manifest(run)
    make_run(alice, createdBy="alice")
    make_run(alice)
    operator.create(run)


def test_nobody_makes_slices_but_the_operator(guarded: Caller, operator: Caller, alice: Caller) -> None:
    part = {"run": "r", "step": "a", "first": 0, "count": 250}
    run = build_object("Run", "sliced", {"workflowRef": {"name": "w"}, "slice": part})
    for caller in (guarded, alice):
        assert "spec.slice is set by Longshore's operator alone" in caller.refuse_manifest(run)
    operator.create(run)
    operator.create(build_object("Run", "sliced-too", {"slice": part}))
    both = build_object("Run", "wrong", {"slice": part, "workflowSpec": build_graph()})
    assert "slice is set by Longshore alone" in operator.refuse_manifest(both)


@pytest.fixture(scope="module")
def runner(guarded: Caller) -> Caller:
    """Somebody who may write our kinds but not make pods."""
    allow(guarded, "runner", "create,get,patch", "workflows.longshore.dev", "runs.longshore.dev")
    return guarded.as_user("runner")


@pytest.mark.parametrize("kind", GRAPH_KINDS)
def test_writing_a_graph_is_making_pods(alice: Caller, runner: Caller, operator: Caller, kind: str) -> None:
    manifest = build_graph_object(kind, build_graph())
    assert "a graph becomes pods, and you may not create pods" in runner.refuse_manifest(manifest)
    alice.create(manifest)
    operator.create(manifest)


def test_running_by_name_is_not(runner: Caller) -> None:
    make_run(runner)


def test_changing_a_graph_is_making_pods(alice: Caller, runner: Caller) -> None:
    alice.create(build_object("Workflow", "owned", build_graph()))
    patch = ("patch", "workflows.longshore.dev", "owned", "--type=merge")
    graph = json.dumps({"spec": {"steps": [{"name": "a", "image": "evil"}]}})
    assert "a graph becomes pods" in runner.refuse(*patch, f"--patch={graph}")
    runner.kubectl(*patch, '--patch={"metadata": {"labels": {"a": "b"}}}')


def test_pausing_an_inline_run_is_not(alice: Caller, runner: Caller) -> None:
    run = str(alice.create(build_graph_object("Run", build_graph()))["metadata"]["name"])
    runner.patch(run, {"spec": {"suspend": True, "cancel": "Graceful"}})


def test_inline_graph_stands(guarded: Caller, operator: Caller, alice: Caller) -> None:
    graph = build_graph(
        {**STEP, "template": {"metadata": {"labels": {"a": "b"}}}}, params=[{"name": "p", "default": 1}]
    )
    run = str(alice.create(build_graph_object("Run", graph))["metadata"]["name"])
    attacks: list[Manifest] = [
        {"params": [{"name": "p", "default": 2}]},
        {"steps": [STEP]},
        {"fuse": True},
    ]
    for attack in attacks:
        for caller in (guarded, operator, alice):
            said = caller.refuse_patch(run, {"spec": {"workflowSpec": attack}})
            assert "spec.workflowSpec cannot change once the Run is made; make a new Run" in said
    alice.patch(run, {"spec": {"priority": 1}})


@pytest.mark.parametrize("kind", GRAPH_KINDS)
def test_naming_agents(guarded: Caller, alice: Caller, operator: Caller, kind: str) -> None:
    def build(*agents: str) -> Manifest:
        halves = [list(agents[i::2]) for i in range(2)]
        steps = [{**STEP, "agents": halves[0]}, {**STEP, "name": "b", "agents": halves[1]}]
        last = [{**STEP, "name": "z", "agents": list(agents[:1])}]
        return build_graph_object(
            kind, build_graph(*steps, defaults={"agents": list(agents[-1:])}, **{"finally": last})
        )

    may = [f"{kind.lower()}-{i}" for i in range(21)]
    allow_use(guarded, "alice", may)
    alice.create(build(*may[:20]))
    for place in (0, 7, 19):
        foreign = [*may[:place], "gold", *may[place + 1 : 20]]
        assert "you may not use; ask for the verb use on agents.longshore.dev" in alice.refuse_manifest(
            build(*foreign)
        )
    assert "gold" in alice.refuse_manifest(build("gold"))
    assert "names more than 20 Agents" in alice.refuse_manifest(build(*may))
    guarded.create(build("gold"))
    operator.create(build("gold", *may))


AGENT_PATCH = ("patch", "agents.longshore.dev")
MERGE = "--type=merge"


@pytest.fixture(scope="module")
def keeper(guarded: Caller) -> Caller:
    """Somebody who may write Agents but not make pods."""
    allow(guarded, "keeper", "create,get,patch", "agents.longshore.dev")
    return guarded.as_user("keeper")


AGENT = {"tags": ["gpu"], "capacity": 2, "credentials": [{"name": "forge", "secretRef": {"name": "forge"}}]}


def test_writing_an_agent_is_handing_out_secrets(alice: Caller, keeper: Caller, operator: Caller) -> None:
    for spec in ({}, AGENT):
        said = keeper.refuse_manifest(build_object("Agent", "theirs", spec))
        assert "which Secrets they get, and you may not create pods in this namespace" in said
    alice.create(build_object("Agent", "alices", AGENT))
    operator.create(build_object("Agent", "built-in", {}))


@pytest.mark.parametrize(
    ("change", "is_switch"),
    [
        ({"enabled": False}, True),
        ({"drain": True, "priority": 3}, True),
        ({"capacity": None}, True),
        ({"tags": ["cpu"]}, False),
        ({"tags": None}, False),
        ({"enabled": False, "template": {"spec": {"priorityClassName": "high"}}}, False),
        ({"credentials": [{"name": "forge", "secretRef": {"name": "other"}}]}, False),
    ],
)
def test_switching_an_agent_is_not(
    alice: Caller,
    keeper: Caller,
    change: Manifest,
    is_switch: bool,  # noqa: FBT001 - a column
) -> None:
    name = str(
        alice.create(build_object("Agent", "", AGENT) | {"metadata": {"generateName": "switched-"}})["metadata"][
            "name"
        ]
    )
    patch = (*AGENT_PATCH, name, MERGE, f"--patch={json.dumps({'spec': change})}")
    if is_switch:
        keeper.kubectl(*patch)
    else:
        assert "you may not create pods" in keeper.refuse(*patch)
        alice.kubectl(*patch)
    keeper.kubectl(*AGENT_PATCH, name, MERGE, '--patch={"metadata": {"labels": {"a": "b"}}}')


def test_extending_an_agent_is_using_it(guarded: Caller, alice: Caller) -> None:
    guarded.create(build_object("Agent", "golden", AGENT))
    said = alice.refuse_manifest(build_object("Agent", "mine", {"extends": "golden"}))
    assert "that you may not use; ask for the verb use on agents.longshore.dev golden" in said
    guarded.create(build_object("Agent", "extending", {"extends": "golden"}))
    alice.kubectl(*AGENT_PATCH, "extending", MERGE, '--patch={"spec": {"capacity": 5}}')
    allow_use(guarded, "alice", ["golden"])
    alice.create(build_object("Agent", "mine", {"extends": "golden"}))
