"""Lint of what graphs mention: Agents, credentials, tags and groups that the same files do not hold."""

import pytest
from longshore.cli.checks.mentions import Known, build_known, find_unknown_mentions
from longshore.planning.acceptance.acceptance import parse_workflow
from unit.cli.pools import GPU, agent
from unit.cli.samples import Object
from unit.cli.test_checks import HEAD, WORKFLOW, lint

BASE = agent("base", tags=["arm64"], credentials=[{"name": "npm", "secretRef": {"name": "npm"}}])
KNOWN = build_known({"gpu-a": GPU, "base": BASE, "small": agent("small", extends="base")}, ["browsers"])


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, []),
        ({"agents": ["gpu-a"], "credentials": ["forge"], "requiredTags": ["gpu"]}, []),
        (
            {"agents": ["gpu"]},
            [("steps[a].agents", "there is no agent 'gpu' in these files; did you mean 'gpu-a'?")],
        ),
        ({"agents": ["elsewhere"]}, [("steps[a].agents", "there is no agent 'elsewhere' in these files")]),
        ({"agents": ["elsewhere"], "credentials": ["x"]}, [("steps[a].agents", "there is no agent 'elsewhere'")]),
        (
            {"agents": ["gpu-a", "base"], "credentials": ["forg"]},
            [("steps[a].credentials", "none of its agents has credentials 'forg'; did you mean 'forge'?")],
        ),
        ({"agents": ["small"], "credentials": ["npm"]}, []),
        ({"requiredTags": ["of-a-node"]}, []),
        (
            {"requiredTags": ["amr64"]},
            [("steps[a].requiredTags", "no agent in these files has tag 'amr64'; did you mean 'arm64'?")],
        ),
        (
            {"concurrency": {"group": "browser"}},
            [
                (
                    "steps[a].concurrency.group",
                    "there is no concurrency group 'browser' in these files; did",
                )
            ],
        ),
        ({"concurrency": {"group": "browsers"}}, []),
    ],
)
def test_steps(fields: Object, told: list[tuple[str, str]]) -> None:
    graph = parse_workflow({"steps": [{"name": "a", "image": "x", **fields}]})
    assert not isinstance(graph, list)
    found = list(find_unknown_mentions(graph, "spec", KNOWN))
    assert [field for field, _ in found] == [f"spec.{field}" for field, _ in told]
    assert all(message.startswith(begin) for (_, message), (_, begin) in zip(found, told, strict=True))
    assert list(find_unknown_mentions(graph, "spec", Known())) == []


def test_defaults_finally_and_the_whole_run() -> None:
    graph = parse_workflow({
        "defaults": {"agents": ["gpu-a"], "credentials": ["npm"]},
        "steps": [{"name": "a", "image": "x"}],
        "finally": [{"name": "z", "image": "x", "agents": ["no"]}],
        "concurrency": {"group": "no"},
    })  # fmt: skip
    assert not isinstance(graph, list)
    assert [field for field, _ in find_unknown_mentions(graph, "spec.workflowSpec", KNOWN)] == [
        "spec.workflowSpec.concurrency.group",
        "spec.workflowSpec.steps[a].credentials",
        "spec.workflowSpec.finally[z].agents",
    ]


def test_lines_are_warnings_and_malformed_agents_are_left_to_their_own_errors() -> None:
    graph = WORKFLOW + "  steps:\n  - name: a\n    image: x\n    agents: [gpu]\n---\n"
    known = f"{HEAD}kind: Agent\nmetadata: {{name: gpu-a}}\nspec: {{}}\n"
    assert lint(graph + known) == [
        "8: warning: spec.steps[a].agents: there is no agent 'gpu' in these files; did you mean 'gpu-a'?"
    ]
    assert lint(graph + f"{HEAD}kind: Agent\nmetadata: {{name: gpu-a}}\nspec:\n") == [
        "13: spec: is required, and has to be an object"
    ]
