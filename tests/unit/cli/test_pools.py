"""Agents as a table, and each with all that is known: what people see on terminals of several widths."""

import pytest
from longshore.cli.reasons.agents import advise, advise_pool, fill_agents, list_waiting
from longshore.cli.views.agents import describe_agent
from longshore.cli.views.pools import build_head, build_pool, write_readiness
from unit.cli.pools import BUILT_IN, DISABLED, GPU, agent, placing_run, readiness
from unit.cli.samples import NOW, Object, paint, run

PATCH = "kubectl patch agents.longshore.dev"
SHOWN = [BUILT_IN, GPU, DISABLED, agent("new")]


def test_on_a_terminal() -> None:
    assert (
        paint(build_pool(SHOWN, 80, with_namespace=False))
        == """\
AGENT     READY          LOAD  QUEUED  NODES  TAGS       CREDS  RUNS NOW
built-in  Ready          3     0       3/3                      nightly-x7k2p/t…
gpu-a     NodesNotReady  0/4   1       0/2    gpu,linux  forge
gpu-b     Disabled       0/4   0              gpu
new       not seen       0     0
"""
    )


def test_where_it_is_narrow_what_an_agent_has_gives_way_to_what_it_does() -> None:
    assert (
        paint(build_pool(SHOWN, 60, with_namespace=False), width=60)
        == """\
AGENT     READY          LOAD  QUEUED  NODES  RUNS NOW
built-in  Ready          3     0       3/3    nightly-x7k2p…
gpu-a     NodesNotReady  0/4   1       0/2
gpu-b     Disabled       0/4   0
new       not seen       0     0
"""
    )


@pytest.mark.parametrize(
    ("width", "kept"),
    [(72, []), (73, ["TAGS"]), (79, ["TAGS"]), (80, ["TAGS", "CREDS"])],
)
def test_credentials_give_way_before_tags(width: int, kept: list[str]) -> None:
    header = paint(build_pool([BUILT_IN, GPU], width, with_namespace=False), width=200).splitlines()[0]
    assert header.split()[5:] == [*kept, "RUNS", "NOW"]


def test_while_there_is_none_yet_there_are_headers() -> None:
    assert paint(build_pool([], 80, with_namespace=True)).split()[:2] == ["NAMESPACE", "AGENT"]
    assert paint(build_head([])) == "0 agents: 0 ready, 0 steps run\n"


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    assert max(map(len, paint(build_pool(SHOWN, width, with_namespace=True), width=width).splitlines())) <= width


def test_a_column_that_no_agent_has_anything_for_is_left_out() -> None:
    [header, line] = paint(build_pool([agent("a", capacity=2)], 80, with_namespace=True)).splitlines()
    assert header.split() == ["NAMESPACE", "AGENT", "READY", "LOAD", "QUEUED", "NODES"]
    assert line.split() == ["team", "a", "not", "seen", "0/2", "0"]


def test_what_an_agent_takes_over_is_shown_as_its_own() -> None:
    small = agent("small", extends="gpu-a", capacity=1, enabled=False)
    elsewhere = {**GPU, "metadata": {**GPU["metadata"], "namespace": "other"}}
    [filled] = fill_agents([small], [small, GPU])
    assert list(describe_agent(filled, [], NOW))[2:4] == [
        "Extends:        gpu-a", "Ready:          not known: no operator has seen it yet",
    ]  # fmt: skip
    assert (filled["spec"]["tags"], filled["spec"]["capacity"]) == (["gpu", "linux"], 1)
    assert (filled["spec"]["enabled"], filled["metadata"]) == (False, small["metadata"])
    assert "forge (Secret forge-token as Git)" in "\n".join(describe_agent(filled, [], NOW))
    assert fill_agents([small], [small, elsewhere])[0]["spec"].get("tags", []) == []
    assert fill_agents([GPU], [GPU]) == [GPU]


def test_the_head_counts() -> None:
    assert paint(build_head(SHOWN)) == "4 agents: 1 ready, 3 steps run\n"


@pytest.mark.parametrize(
    ("shown", "word", "colour"),
    [
        (BUILT_IN, "Ready", "green"),
        (GPU, "NodesNotReady", "red"),
        (DISABLED, "Disabled", "yellow"),
        (agent("a", {"conditions": [readiness("False", "Draining")]}, drain=True), "Draining", "yellow"),
        (agent("a", {"conditions": [readiness("Unknown", "NodesUnknown")]}), "NodesUnknown", "red"),
        (agent("a"), "not seen", "dim"),
    ],
)
def test_readiness(shown: Object, word: str, colour: str) -> None:
    readable = write_readiness(shown)
    assert (readable.plain, readable.style) == (word, colour)


def test_one_in_detail() -> None:
    assert (
        "\n".join(describe_agent(GPU, list_waiting([placing_run()], GPU), NOW))
        == """\
Name:           gpu-a
Namespace:      team
Ready:          no: NodesNotReady (for 59s)
                no node takes pods: node-1 is NotReady, node-2 is Cordoned
Priority:       10
Load:           0/4
Queued:         1
Ready Nodes:    0/2
Tags:           gpu, linux
Node Selector:  zone=a
Tolerations:    gpu=true:NoSchedule, any
Credentials:    forge (Secret forge-token as Git)
Created:        2026-01-02T10:00:00Z
Nodes:
  NAME    READY     ADDRESS   VERSION  HEARTBEAT
  node-1  NotReady  10.0.0.1  v1.34.3  90s ago
  node-2  Cordoned            v1.34.3  4s ago
Waits For It:
  RUN   STEP   FOR
  demo  train  100s"""
    )


def test_what_runs_there_and_how_a_disabled_one_is_brought_back() -> None:
    lines = list(describe_agent(BUILT_IN, [], NOW))
    assert lines[lines.index("Runs Now:") + 1 :] == [
        "  RUN            STEP",
        "  nightly-x7k2p  test[0]",
        "  nightly-x7k2p  test[1]",
    ]
    *_, last = describe_agent(DISABLED, [], NOW, " -n x")
    assert last == f'To Bring Back:  {PATCH} gpu-b --type=merge -p \'{{"spec":{{"enabled":true}}}}\' -n x'


def test_many_nodes_are_counted() -> None:
    nodes = [{"name": f"node-{number}"} for number in range(25)]
    lines = list(describe_agent(agent("a", {"nodes": nodes}), [], NOW))
    assert lines[-1] == "  … 5 more"
    assert next(line for line in lines if line.startswith("  NAME")) == "  NAME     READY"


@pytest.mark.parametrize(
    ("shown", "waiting"),
    [
        (BUILT_IN, ["demo/pack"]),
        (GPU, ["demo/train"]),
        (DISABLED, ["demo/train", "demo/pack"]),
        (agent("other", credentials=[{"name": "a", "secretRef": {"name": "a"}}]), []),
    ],
)
def test_who_waits_for_an_agent(shown: Object, waiting: list[str]) -> None:
    runs = [placing_run(), run(), run({"phase": "Running", "workflowSpec": {"steps": "of another version"}})]
    assert [found.name for found in list_waiting(runs, shown)] == waiting


@pytest.mark.parametrize(
    ("shown", "command"),
    [
        (BUILT_IN, "kubectl longshore agents built-in -n x"),
        (
            agent("a", enabled=False, drain=True),
            PATCH + """ a --type=merge -p '{"spec":{"enabled":true,"drain":false}}' -n x""",
        ),
        (
            agent("a", drain=True),
            PATCH + """ a --type=merge -p '{"spec":{"drain":false}}' -n x""",
        ),
    ],
)
def test_what_is_to_be_done(shown: Object, command: str) -> None:
    assert advise(shown, " -n x") == command


OFF = agent("off", enabled=False)


@pytest.mark.parametrize(
    ("agents", "asked", "message", "command"),
    [
        ([BUILT_IN, OFF], [], "waits: built-in at capacity 3/3; off disabled", PATCH + " off"),
        (
            [BUILT_IN, OFF],
            ["built-in"],
            "waits: built-in at capacity 3/3",
            "kubectl longshore agents built-in -n x",
        ),
        # Whoever enables that one is no step further.
        (
            [BUILT_IN, OFF],
            [],
            "waits: agents [built-in, off] without tags big, gpu",
            "kubectl longshore tags add big --node NODE -n x",
        ),
        (
            [BUILT_IN, agent("b")],
            [],
            "waits: b offline; built-in at capacity 3/3",
            "kubectl longshore agents -n x",
        ),
    ],
)
def test_what_helps_a_step(agents: list[Object], asked: list[str], message: str, command: str) -> None:
    known = {found["metadata"]["name"]: found for found in agents}
    assert advise_pool(known, asked, message, " -n x").startswith(command)
