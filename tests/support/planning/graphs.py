"""Random graphs for property tests: acyclic, accepted, and with every rule of the planner in them somewhere."""

from typing import Any

from hypothesis import strategies as st
from support.planning.runs import params, step, workflow

SECONDS = st.integers(1, 30)
RETRIES = st.fixed_dictionaries(
    {
        "limit": st.integers(1, 3),
        "infraLimit": st.integers(0, 2),
        "backoff": st.fixed_dictionaries({"seconds": st.sampled_from([0, 0, 2]), "maxSeconds": st.just(5)}),
    },
    optional={"when": st.sampled_from(["exitCode != 2", "attempt < 3", "exitCode > 0", "reason"])},
)


def _conditions(upstream: list[str]) -> st.SearchStrategy[str]:
    fixed = ["true", "params.flag", "!params.flag", "params.word"]
    read = [f"steps.{name}.{what}" for name in upstream for what in ('phase != "Failed"', 'outputs.out == "1"')]
    return st.sampled_from([*fixed, *read])


@st.composite
def _steps(draw: st.DrawFn, name: str, earlier: list[str]) -> dict[str, Any]:
    needs = draw(st.lists(st.sampled_from(earlier), unique=True, max_size=2)) if earlier else []
    fields: dict[str, Any] = {"retry": draw(RETRIES)} if draw(st.integers(0, 3)) else {}
    optional: dict[str, st.SearchStrategy[Any]] = {
        "when": _conditions(needs),
        "onError": st.sampled_from(["Fail", "Continue"]),
        "activeDeadlineSeconds": SECONDS,
        "pendingDeadlineSeconds": SECONDS,
    }
    if needs:
        optional["env"] = st.just([{"name": "OUT", "value": f"$(steps.{needs[0]}.outputs.out)"}])
    fields |= draw(st.fixed_dictionaries({}, optional=optional))
    return step(name, needs=needs, outputs=["out"], **fields)


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, Any]:
    """The spec of a Workflow with up to five steps, s0 to s4."""
    names = [f"s{index}" for index in range(draw(st.integers(2, 5)))]
    steps = [draw(_steps(name, names[:index])) for index, name in enumerate(names)]
    optional = {
        "maxParallelSteps": st.integers(1, 2),
        "activeDeadlineSeconds": st.integers(5, 60),
        "fuse": st.booleans(),
    }
    fields = draw(st.fixed_dictionaries({}, optional=optional))
    declared = params(flag={"type": "Boolean", "default": True}, word={"default": "no boolean"})
    return workflow(*draw(st.permutations(steps)), params=declared, **fields)
