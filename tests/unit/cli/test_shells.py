"""A value in the text of `sh -c` could become part of the program: a warning, with the remedy."""

import pytest
from longshore.cli.checks.checks import check_documents
from longshore.cli.checks.documents import Document, parse_documents

WORKFLOW = """\
apiVersion: longshore.dev/v1alpha1
kind: Workflow
metadata: {{name: w}}
spec:
  params: [{{name: who, default: x}}]
  steps:
  - {{name: first, image: x, outputs: [out], script: "true"}}
  - {{name: a, image: x, needs: [first], {step}}}
"""
PARAM = 'the shell would run what $(params.who) holds as part of its program; use "$PARAM_WHO"'
OUTPUT = (
    "the shell would run what $(steps.first.outputs.out) holds as part of its program; give it to the step as a"
    ' variable in env, and use "$VARIABLE"'
)


def warn(step: str) -> list[str]:
    [document] = parse_documents("f", WORKFLOW.format(step=step))
    assert isinstance(document, Document)
    problems = check_documents([document])
    assert all(problem.is_warning for problem in problems), problems
    return [f"{problem.field}: {problem.message}" for problem in problems]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ('command: [sh, -c, "echo $(params.who)"]', [f"spec.steps[a].command[2]: {PARAM}"]),
        ('command: [/bin/bash, -ec], args: ["echo $(params.who)"]', [f"spec.steps[a].args[0]: {PARAM}"]),
        ('command: [bash], args: [-c, "$(steps.first.outputs.out)"]', [f"spec.steps[a].args[1]: {OUTPUT}"]),
        ('command: [sh, -c, "echo $1", sh, $(params.who)]', []),
        ('command: [sh, -c, "echo $(hostname) $PARAM_WHO"]', []),
        ('command: [echo, -c, "$(params.who)"]', []),
        ("command: [sh, $(params.who)]", []),
        ('script: "echo $(params.who)"', []),
    ],
    ids=["param", "args", "output", "as an argument", "the shell's own", "no shell", "no -c", "script"],
)
def test_warnings(step: str, expected: list[str]) -> None:
    assert warn(step) == expected
