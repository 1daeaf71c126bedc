"""ConcurrencyGroups at the door: what is refused and what a person is told, what may change, how it reads."""

import json
from typing import Any

import pytest
from support.admissions import Caller, Manifest, build_graph, build_object

RESOURCE = "concurrencygroups.longshore.dev"
STATUS = "--subresource=status"
HOLDER = {"run": "r", "uid": "u", "step": "test[0]", "attempt": 1, "since": "2025-06-01T12:00:00Z"}
SHORT = {name: HOLDER[name] for name in ("run", "uid", "since")}

# The spec, and what is said of it.
MISTAKES: dict[str, tuple[Any, str]] = {
    "no spec": (None, "spec: Required value"),
    "no limit": ({}, "spec.limit: Required value"),
    "negative limit": ({"limit": -1}, "spec.limit: Invalid value: -1: spec.limit in body should be greater than"),
    "limit beyond all": ({"limit": 100_001}, "spec.limit in body should be less than or equal to 100000"),
    "half a place": ({"limit": 1.5}, 'spec.limit in body must be of type integer: "number"'),
    "limit as text": ({"limit": "2"}, 'spec.limit in body must be of type integer: "string"'),
    "limit of nothing": ({"limit": None}, "spec.limit: Required value"),
    "unknown order": (
        {"limit": 1, "order": "LIFO"},
        'spec.order: Unsupported value: "LIFO": supported values: "FIFO", "Priority"',
    ),
    "order in other letters": ({"limit": 1, "order": "fifo"}, 'spec.order: Unsupported value: "fifo"'),
    "unknown whenFull": (
        {"limit": 1, "whenFull": "Cancel"},
        'Unsupported value: "Cancel": supported values: "Queue", "Replace", "ReplaceQueued", "Reject"',
    ),
    "field that is none": ({"limit": 1, "max": 2}, 'unknown field "spec.max"'),
    "key of a step": ({"limit": 1, "key": "a"}, 'unknown field "spec.key"'),
}  # fmt: skip

# The status, and what is said of it: the record has to stay one that can be read.
STATUS_MISTAKES: dict[str, tuple[Manifest, str]] = {
    "fewer than none": ({"active": -1}, "status.active: Invalid value: -1"),
    "holder without uid": ({"holders": [{**HOLDER, "uid": None}]}, "status.holders[0].uid: Required value"),
    "holder since ever": ({"holders": [{**HOLDER, "since": "ever"}]}, "status.holders[0].since: Invalid value"),
    "holder of no name": ({"holders": [{**HOLDER, "run": "A b"}]}, "status.holders[0].run: Invalid value"),
    "endless key": ({"holders": [{**HOLDER, "key": "k" * 1025}]}, "status.holders[0].key: Too long"),
    "too many": ({"holders": [SHORT] * 2001}, "status.holders: Too many: 2001: must have at most 2000 items"),
}

# What a step, or a whole graph, says of its group, and what is said of that.
KEY_MISTAKES: dict[str, tuple[Any, str]] = {
    "no group": ({"key": "a"}, "concurrency.group: Required value"),
    "group by no name": ({"group": "Doors and windows"}, "concurrency.group: Invalid value"),
    "group of too long a name": ({"group": "d" * 64}, "concurrency.group: Too long: may not be more than 63"),
    "key as a number": ({"group": "doors", "key": 3}, 'concurrency.key in body must be of type string: "integer"'),
    "endless key": ({"group": "doors", "key": "k" * 1025}, "concurrency.key: Too long: may not be more than 1024"),
    "limit at the step": ({"group": "doors", "limit": 2}, "concurrency.limit"),
    "group in short": ("doors", 'concurrency in body must be of type object: "string"'),
}
KEYS = ["", "staging", "$(params.env)", "$(params.env)-$(each.item)", "größe 3 / a:b"]


def build_group(spec: Any, name: str = "doors") -> Manifest:
    """A manifest; with spec None it has none."""
    group = build_object("ConcurrencyGroup", name, spec)
    return {key: value for key, value in group.items() if value is not None}


def make_group(admin: Caller, **spec: Any) -> str:
    """A group of limit 1; its name."""
    group = build_group({"limit": 1, **spec}) | {"metadata": {"generateName": "group-"}}
    return str(admin.create(group)["metadata"]["name"])


def write_patch(patch: Any) -> tuple[str, str]:
    return "--type=merge", f"--patch={json.dumps(patch)}"


def read_spec(admin: Caller, name: str) -> Any:
    return json.loads(admin.kubectl("get", RESOURCE, name, "-o=json"))["spec"]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_wrong_group(admin: Caller, mistake: str) -> None:
    spec, message = MISTAKES[mistake]
    assert message in admin.refuse_manifest(build_group(spec))


@pytest.mark.parametrize("name", ["Doors", "two doors", "doors_1", "-doors"])
def test_wrong_name(admin: Caller, name: str) -> None:
    assert "metadata.name: Invalid value" in admin.refuse_manifest(build_group({"limit": 1}, name))


@pytest.mark.parametrize(
    "mistake", [name for name, (spec, said) in MISTAKES.items() if spec and "field" not in said]
)
def test_a_change_is_held_against_the_same(admin: Caller, mistake: str) -> None:
    spec, message = MISTAKES[mistake]
    name = make_group(admin)
    assert message in admin.refuse("patch", RESOURCE, name, *write_patch({"spec": spec}))
    assert read_spec(admin, name)["limit"] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"limit": 0},
        {"limit": 100_000},
        {"order": "Priority"},
        {"whenFull": "Reject"},
        {"limit": 3, "order": "FIFO", "whenFull": "ReplaceQueued"},
    ],
)
def test_all_of_it_may_change(admin: Caller, change: Manifest) -> None:
    name = make_group(admin, order="FIFO", whenFull="Queue")
    admin.kubectl("patch", RESOURCE, name, *write_patch({"spec": change}))
    assert read_spec(admin, name) == {"limit": 1, "order": "FIFO", "whenFull": "Queue", **change}


def test_what_is_not_said_is_filled_in(admin: Caller) -> None:
    name = make_group(admin)
    assert read_spec(admin, name) == {"limit": 1, "order": "FIFO", "whenFull": "Queue"}


@pytest.mark.parametrize("mistake", STATUS_MISTAKES)
def test_wrong_status(admin: Caller, mistake: str) -> None:
    status, message = STATUS_MISTAKES[mistake]
    name = make_group(admin)
    said = admin.refuse("patch", RESOURCE, name, STATUS, *write_patch({"status": status}))
    assert message in said


def test_a_spec_does_not_slip_by_as_status_nor_a_record_as_spec(admin: Caller) -> None:
    name = make_group(admin)
    admin.kubectl("patch", RESOURCE, name, *write_patch({"status": {"active": 1, "holders": [HOLDER]}}))
    admin.kubectl("patch", RESOURCE, name, STATUS, *write_patch({"spec": {"limit": 9}}))
    group = json.loads(admin.kubectl("get", RESOURCE, name, "-o=json"))
    assert (group.get("status"), group["spec"]["limit"]) == (None, 1)


@pytest.mark.parametrize("mistake", KEY_MISTAKES)
def test_wrong_claim(admin: Caller, mistake: str) -> None:
    concurrency, message = KEY_MISTAKES[mistake]
    for graph in (
        build_graph({"name": "a", "image": "busybox", "concurrency": concurrency}),
        build_graph(concurrency=concurrency),
    ):
        assert message in admin.refuse_manifest(build_object("Workflow", "wrong", graph))


@pytest.mark.parametrize("key", KEYS)
def test_keys_are_any_line(admin: Caller, key: str) -> None:
    concurrency = {"group": "doors", "key": key}
    step = {"name": "a", "image": "busybox", "concurrency": concurrency}
    graph = build_graph(step, concurrency=concurrency)
    run = build_object("Run", "", {"workflowSpec": graph}) | {"metadata": {"generateName": "run-"}}
    made = admin.create(run)["spec"]["workflowSpec"]
    assert (made["concurrency"], made["steps"][0]["concurrency"]) == (concurrency, concurrency)


def test_a_table_tells_how_full_it_is(admin: Caller) -> None:
    name = make_group(admin, limit=2, whenFull="Reject")
    status = {"active": 1, "queued": 0, "holders": [HOLDER]}
    admin.kubectl("patch", RESOURCE, name, STATUS, *write_patch({"status": status}))
    head, row = admin.kubectl("get", "cg", name).splitlines()
    assert head.split() == ["NAME", "LIMIT", "ACTIVE", "QUEUED", "WHENFULL", "AGE"]
    assert row.split()[:-1] == [name, "2", "1", "0", "Reject"]
    wide = admin.kubectl("get", "cg", name, "-o=wide").splitlines()
    assert [line.split()[-1] for line in wide] == ["ORDER", "FIFO"]


def test_explain_reads_well(admin: Caller) -> None:
    text = " ".join(admin.kubectl("explain", f"{RESOURCE}.spec").split())
    for said in (
        "limit <integer> -required- How many hold the group at once, for each key; 0 pauses.",
        "Who of those that wait goes first: FIFO, who waits longest; Priority, whose Run has the highest.",
        "Who comes when full: Queue waits; Replace ends the oldest holder,",
        "enum: Queue, Replace, ReplaceQueued, Reject",
    ):
        assert said in text, text
