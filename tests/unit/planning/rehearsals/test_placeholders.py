"""What only a Run can tell is a placeholder, and all else is as ever."""

from typing import Any

import pytest
from longshore.planning.expressions.expressions import find_references
from longshore.planning.expressions.references import find_places
from longshore.planning.rehearsals.placeholders import blur_graph, find_unknowns, has_unknown_items
from support.planning.rehearsals import rehearse_graph
from support.planning.runs import bare_step, params, parse_graph, parse_step, step, workflow

FIRST = step("first", outputs=["out"])


def make_container(fields: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """The container of a step after `first`, of the first pod that is made of it."""
    graph = workflow(FIRST, step("second", needs="first", **fields), params=params(env={"default": "dev"}))
    act = next(act for act in rehearse_graph(graph, **spec).acts if act.path.startswith("second"))
    assert act.manifest is not None
    container: dict[str, Any] = act.manifest["spec"]["containers"][0]
    return container


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$(params.env)", "dev"),
        ("$(run.name)", "nightly"),
        ("$(HOME) $$", "$(HOME) $$"),
        ("$(steps.first.outputs.out)", "<steps.first.outputs.out>"),
        ("a $(steps.first.outputs.out + 'x') $(params.env)", "a <steps.first.outputs.out + 'x'> dev"),
        ("$(steps.first.phase)", "<steps.first.phase>"),
        ("$(size(steps.first.outputs.out) > 2)", "<size(steps.first.outputs.out) > 2>"),
        ('$(steps.first.outputs.out + "$(HOME)")', '<steps.first.outputs.out + "$$(HOME)">'),
    ],
)
def test_a_text(text: str, value: str) -> None:
    container = make_container({"args": [text], "image": "x", "env": [{"name": "X", "value": text}]})
    assert container["args"] == [value]
    assert container["env"][-1] == {"name": "X", "value": value}


def test_an_image_and_a_directory() -> None:
    container = make_container(
        {"image": "app:$(steps.first.outputs.out)", "workingDir": "$(steps.first.outputs.out)"}
    )
    assert container["image"] == "app:<steps.first.outputs.out>"
    assert container["workingDir"].endswith("/<steps.first.outputs.out>")


@pytest.mark.parametrize(
    ("items", "value"),
    [
        ("steps.first.outputs.out", "<each.item> <each.item.name> <each.index>"),
        ("[{'name': 'a'}]", '{"name": "a"} a 0'),
    ],
)
def test_an_item(items: str, value: str) -> None:
    text = "$(each.item) $(each.item.name) $(each.index)"
    assert make_container({"forEach": {"items": items}, "args": [text]})["args"] == [value]


def test_of_a_list_that_is_not_known_there_is_one_item() -> None:
    graph = workflow(FIRST, step("second", needs="first", forEach={"items": "steps.first.outputs.out"}))
    assert [act.path for act in rehearse_graph(graph).acts] == ["first", "second[0]"]


@pytest.mark.parametrize(
    ("when", "runs"),
    [
        ("steps.first.outputs.out == 'never'", True),
        ("steps.first.exitCode > 0", True),
        ("params.env == 'prod'", False),
        ("params.env == 'dev'", True),
    ],
)
def test_a_condition_that_is_not_known_holds(when: str, runs: bool) -> None:  # noqa: FBT001
    graph = workflow(FIRST, step("second", needs="first", when=when), params=params(env={"default": "dev"}))
    assert ("second" in [act.path for act in rehearse_graph(graph).acts]) is runs


def test_what_reads_outputs_of_a_skipped_step_is_skipped() -> None:
    skipped = step("first", outputs=["out"], when="false")
    reads = step("reads", needs="first", args=["$(steps.first.outputs.out)"])
    reads_phase = step("reads-phase", needs="first", args=["$(steps.first.phase)"])
    rehearsal = rehearse_graph(workflow(skipped, reads, reads_phase))
    assert [act.path for act in rehearsal.acts] == ["reads-phase"]
    assert rehearsal.status.steps["reads"].reason == "NeedSkipped"


def test_how_the_run_ends_is_not_known() -> None:
    graph = {**workflow(step()), "finally": [step("report", args=["$(run.phase) $(run.name)"])]}
    manifest = rehearse_graph(graph).acts[-1].manifest
    assert manifest is not None
    assert manifest["spec"]["containers"][0]["args"] == ["<run.phase> nightly"]


def test_the_commit_is_the_declared_one_only_where_all_start_at_once() -> None:
    source = {"git": {"url": "https://forge.example/x.git", "revision": "main"}}
    rehearsal = rehearse_graph(workflow(step("a"), step("b"), step("c", needs="a"), source=source))
    revisions = {
        act.path: variable["value"]
        for act in rehearsal.acts
        if act.manifest
        for variable in act.manifest["spec"]["initContainers"][0]["env"]
        if variable["name"] == "SOURCE_REVISION"
    }
    assert revisions == {"a": "main", "b": "main", "c": "<commit of the first checkout>"}
    manifest = rehearsal.acts[0].manifest
    assert manifest is not None
    assert manifest["spec"]["initContainers"][0]["image"] == "<runner image of the operator>"


def test_which_fields_are_not_known() -> None:
    fields = {
        "when": "steps.first.outputs.out == 'x'",
        "command": ["$(params.env)", "$(steps.first.phase)"],
        "env": [{"name": "A", "value": "$(each.item)"}, {"name": "B", "value": "$(run.name)"}],
        "forEach": {"items": "steps.first.outputs.out"},
    }
    found = parse_step(**fields)
    assert [place.field for place in find_unknowns(found)] == ["when", "command[1]", "env[A]"]
    assert has_unknown_items(found)
    assert not has_unknown_items(parse_step(forEach={"items": "[1]"}))


def test_no_field_is_forgotten() -> None:
    """Of a step that reads another wherever it can, nothing that is not a placeholder is left to evaluate."""
    read = "$(steps.first.outputs.out)"
    all_fields = {
        "image": read, "workingDir": read, "command": [read], "args": [read],
        "env": [{"name": "X", "value": read}], "when": "steps.first.outputs.out == ''",
        "memoize": {"key": read},
        "services": [{"name": "db", "container": {"image": read, "args": [read]}}],
        "forEach": {"items": "steps.first.outputs.out"},
    }  # fmt: skip
    graph = parse_graph(
        FIRST, step("second", needs="first", **all_fields),
        bare_step("third", needs=["first"], approval={"message": read}),
        bare_step("fourth", needs=["first"], workflow={"name": "x", "params": {"a": [{"b": read}]}}),
    )  # fmt: skip
    before = {place.field for name in graph.steps for place in find_places(graph.steps[name])}
    assert len(before) == 11
    blurred = blur_graph(graph)
    sources = [
        source for each in blurred.steps.values() for place in find_places(each) for source in place.sources
    ]
    assert sources
    assert all(source.startswith("[") and source.endswith("][0]") for source in sources if find_references(source))
