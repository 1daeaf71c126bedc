"""Lint: what is wrong, where, and what to do about it. The graph's own findings are the operator's."""

import pytest
from longshore.cli.checks.checks import check_documents
from longshore.cli.checks.documents import Document, parse_documents

HEAD = "apiVersion: longshore.dev/v1alpha1\n"
WORKFLOW = f"{HEAD}kind: Workflow\nmetadata: {{name: w}}\nspec:\n"
RUN = f"{HEAD}kind: Run\nmetadata: {{name: r}}\nspec:\n"
GOOD = "  steps: [{name: a, image: x}]\n"


def lint(text: str) -> list[str]:
    """The findings as lines without the file."""
    documents = [found for found in parse_documents("f", text) if isinstance(found, Document)]
    return [str(problem).removeprefix("f:") for problem in check_documents(documents)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (WORKFLOW + GOOD, []),
        ("apiVersion: v1\nkind: ConfigMap\n", []),
        ("- a list\n", []),
        (
            WORKFLOW + "  steps:\n  - name: a\n    imag: x\n",
            [
                "7: spec.steps[a].imag: there is no such field; did you mean 'image'?",
                "6: spec.steps[a]: needs exactly one of image, agent, workflow, approval; has none",
            ],
        ),
        (
            WORKFLOW + "  steps:\n  - {name: a, image: x, retry: {backof: {}}}\n",
            ["6: spec.steps[a].retry.backof: there is no such field; did you mean 'backoff'?"],
        ),
        (WORKFLOW + "  steps:\n  - image: x\n", ["6: spec.steps[0].name: is required"]),
        (
            WORKFLOW + "  steps:\n  - {name: a, image: x, needs: [b]}\n",
            ["6: spec.steps[a].needs: there is no step 'b'; there are: a"],
        ),
        (
            WORKFLOW + "  steps:\n  - {name: a, image: $(params.x)}\n",
            ["6: spec.steps[a].image: params.x: there is no such parameter; there are: none"],
        ),
        (
            WORKFLOW + "  hooks: [{phases: [Failed], webhook: {url: x}}]\n" + GOOD,
            ["5: spec.hooks: this version of Longshore does not run it yet; remove it"],
        ),
        (HEAD + "kind: Worklfow\n", ["2: kind: there is no kind 'Worklfow'; did you mean 'Workflow'?"]),
        (
            "apiVersion: longshore.dev/v1\nkind: Run\n",
            ["1: apiVersion: there is no version 'longshore.dev/v1'; use longshore.dev/v1alpha1"],
        ),
        (HEAD + "kind: Run\nspec: {workflowRef: {name: x}}\n", ["1: metadata: name is required"]),
        (
            HEAD + f"kind: Workflow\nmetadata: {{name: {'x' * 64}}}\nspec:\n{GOOD}",
            ["3: metadata.name: has 64 characters of at most 63"],
        ),
        (HEAD + "kind: Run\nmetadata: {name: 1}\n", [
            "3: metadata.name: 1 is no string; quote it",
            "1: spec: is required, and has to be an object",
        ]),
        (HEAD + "kind: Run\nmetadata: {generateName: r-}\nspec: {workflowRef: {name: x}}\n", []),
        (RUN + "  params: {}\n", ["4: spec: set exactly one of workflowRef and workflowSpec"]),
        (
            RUN + "  workflowSpec:\n    steps: [{name: a, image: x, when: oops(}]\n",
            ["6: spec.workflowSpec.steps[a].when: "],
        ),
        (
            RUN + "  params: {a: 1}\n  workflowSpec:\n    params: [{name: a}]\n    steps: [{name: a, image: x}]\n",
            ["5: spec.params.a: 1 is not of type String; quote it"],
        ),
        (
            RUN + "  workflowRef: {name: elsewhere}\n  queueName: Team A\n",
            ["6: spec.queueName: String should match pattern"],
        ),
        (
            f"{WORKFLOW}  params: [{{name: a, required: true}}]\n{GOOD}---\n{RUN}  workflowRef: {{name: w}}\n",
            ["11: spec.params.a: is required; give a value of type String"],
        ),
        (
            HEAD + "kind: ConcurrencyGroup\nmetadata: {name: g}\nspec: {limit: -1}\n",
            ["4: spec.limit: Input should be greater than or equal to 0"],
        ),
        (HEAD + "kind: Agent\nmetadata: {name: a}\nspec: {capacty: 1}\n", [
            "4: spec.capacty: there is no such field; did you mean 'capacity'?",
        ]),
    ],
)  # fmt: skip
def test_lint(text: str, expected: list[str]) -> None:
    found = lint(text)
    assert [line[: len(wanted)] for line, wanted in zip(found, expected, strict=True)] == expected, found
