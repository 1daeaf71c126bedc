"""Random graphs with fan-outs, repeats, checks, child Runs, approvals, groups and `finally`: accepted, small."""

from operator import itemgetter
from typing import Any

from hypothesis import strategies as st
from support.planning.runs import bare_step, params, step, workflow

COUNTS = st.integers(1, 3)
MATRIX = st.fixed_dictionaries(
    {"matrix": st.just({"a": [1, 2], "b": [True]})},
    optional={"exclude": st.just([{"a": 1}]), "include": st.just([{"a": 3, "b": False}])},
)
LITERAL = st.fixed_dictionaries(
    {"items": st.sampled_from(["[1, 2, 3]", "[]", "params.list", "params.flag ? [1] : 7", "params.many"])},
    optional={"maxParallel": st.integers(1, 2), "failFast": st.booleans()},
)
MEMOIZE = st.fixed_dictionaries(
    {"key": st.sampled_from(["same", "$(params.flag)", "$(params.list[7])"])},
    optional={"maxAgeSeconds": st.integers(1, 60)},
)
RETRY = st.fixed_dictionaries(
    {"limit": st.integers(0, 2), "infraLimit": st.integers(0, 2), "backoff": st.just({"seconds": 2})}
)
POD = st.fixed_dictionaries(
    {},
    optional={
        "debug": st.just("OnFailure"),
        "volumes": st.just([{"name": "shared", "mountPath": "/shared", "run": {"size": "1Gi"}}]),
        "artifacts": st.just([{"name": "out", "path": "*.xml", "kind": "junit"}]),
        "cache": st.just([{"path": "~/.cache", "key": "$(run.name)"}]),
        "credentials": st.lists(st.sampled_from(["forge", "api", "hub"]), min_size=1, unique=True),
        "services": st.just([{"name": "db", "container": {"image": "postgres", "args": ["$(run.name)"]}}]),
    },
)
"""What a step may want of its pod."""
AGENTS = st.fixed_dictionaries(
    {},
    optional={
        "agents": st.sampled_from([["gpu-a"], ["gpu-a", "gpu-b"], ["built-in"]]),
        "requiredTags": st.sampled_from([["linux"], ["gpu"]]),
    },
)
"""What it may ask of its Agent, where that is one of those that `provide_agents` makes."""


HELD = st.fixed_dictionaries(
    {"group": st.just("lanes")}, optional={"key": st.sampled_from(["$(params.flag)", "$(run.name)"])}
)
"""A place in a group, for all or for a key."""


def _read_items(need: str) -> st.SearchStrategy[dict[str, Any]]:
    """Items that an earlier step wrote: a list where it is a fan-out, else a number, which is none."""
    return st.just({"items": f"steps.{need}.outputs.out", "failFast": True})


@st.composite
def _loops(draw: st.DrawFn, writers: list[str]) -> dict[str, Any]:
    """A step that fans out, repeats, or does neither."""
    kind = draw(st.sampled_from(["forEach", "repeat", "plain"]))
    if kind == "repeat":
        return {
            "repeat": {"until": draw(st.sampled_from(["each.index == 1", "true", "false"])), "max": draw(COUNTS)}
        }
    if kind == "plain":
        return {}
    fields = {"forEach": draw(st.one_of(LITERAL, MATRIX, *map(_read_items, writers[:1])))}
    if draw(st.booleans()):
        fields["when"] = draw(st.sampled_from(["each.index != 1", "each.index < 0", "params.flag"]))
    return fields


@st.composite
def _steps(draw: st.DrawFn, name: str, earlier: list[dict[str, Any]]) -> dict[str, Any]:
    needed = draw(st.lists(st.sampled_from(earlier), unique_by=itemgetter("name"), max_size=2)) if earlier else []
    needs, writers = [[each["name"] for each in part] for part in (needed, [s for s in needed if "outputs" in s])]
    fields: dict[str, Any] = {"needs": needs, "onError": draw(st.sampled_from(["Fail", "Fail", "Continue"]))}
    if draw(st.integers(0, 4)) == 0:
        asked = {"message": "go on with $(run.name)?", "quorum": draw(st.integers(1, 2))}
        deadline = draw(st.fixed_dictionaries({}, optional={"pendingDeadlineSeconds": st.integers(1, 20)}))
        return bare_step(name, approval=asked, **fields, **deadline)
    loops = draw(_loops(writers))
    if "repeat" not in loops and draw(st.booleans()):
        fields["memoize"] = draw(MEMOIZE)
    fields |= {"outputs": ["out"], "retry": draw(RETRY), **loops}
    if draw(st.integers(0, 2)) == 0:
        fields["concurrency"] = draw(HELD)
    if draw(st.integers(0, 4)) == 0:
        deadline = draw(st.fixed_dictionaries({}, optional={"activeDeadlineSeconds": st.integers(1, 20)}))
        return bare_step(name, workflow={"name": "other", "params": {"x": "$(params.list)"}}, **fields, **deadline)
    pod = draw(POD)
    if "memoize" in fields:
        pod.pop("artifacts", None)  # not to be had together
    wants: dict[str, Any] = {"agents": ["keeper"]} if "credentials" in pod else draw(AGENTS)
    return step(name, **fields, **pod, **wants)


@st.composite
def _checks(draw: st.DrawFn, name: str, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A check of an earlier step that neither fans out nor repeats, over one that may be skipped; or none."""
    targets = [each["name"] for each in steps if not {"forEach", "repeat", "workflow"} & each.keys()]
    if not targets or draw(st.booleans()):
        return []
    target = draw(st.sampled_from(targets))
    between = step(f"{name}-between", needs=[target], when=draw(st.sampled_from(["true", "params.flag"])))
    verify = {"step": target, "max": draw(COUNTS)}
    # Each check is tried, or two over one step at the same time.
    names = [name, f"{name}-too"][: draw(st.integers(1, 2))]
    return [between, *(step(each, needs=[between["name"], target], verify=verify) for each in names)]


@st.composite
def feature_graphs(draw: st.DrawFn) -> dict[str, Any]:
    """The spec of a Workflow with up to eight steps."""
    steps: list[dict[str, Any]] = []
    for index in range(draw(st.integers(1, 3))):
        steps.append(draw(_steps(f"s{index}", steps)))
    steps += draw(_checks("check", steps))
    finals = [draw(_steps(name, [])) for name in ["f0", "f1"][: draw(st.integers(0, 2))]]
    finals = [{**final, "when": "run.phase != ''"} if "forEach" not in final else final for final in finals]
    optional = {
        "maxParallelSteps": st.integers(1, 3),
        "activeDeadlineSeconds": st.integers(5, 60),
        "fuse": st.booleans(),
    }
    fields = draw(st.fixed_dictionaries({}, optional=optional))
    declared = params(
        flag={"type": "Boolean", "default": draw(st.booleans())},
        list={"type": "List", "default": [1]},
        many={"type": "List", "default": [7] * 1100},
    )
    return workflow(*steps, **{"finally": finals}, params=declared, **fields)
