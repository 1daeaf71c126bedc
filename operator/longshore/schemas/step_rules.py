"""Owns what has to hold of one step for itself, whatever the graph: CEL, and what to say when it does not hold.

Must not know where the CRD has it.
"""

import json

from longshore.names import CEL_KEYWORDS
from longshore.schemas.rules import count_set

KEYWORDS = json.dumps(sorted(CEL_KEYWORDS))
POD_FIELDS = ("services", "debug", "artifacts", "cache", "credentials")
ACTIONS = ("image", "agent", "workflow", "approval")

Requirement = tuple[str, str]

NAMED_REQUIREMENTS: tuple[Requirement, ...] = (
    ("!has(s.needs) || !(s.name in s.needs)", "needs itself; remove it from needs"),
    (
        "!has(s.verify) || s.verify.step != s.name",
        "verify.step names the step itself; name the step whose work it checks",
    ),
)
"""Over a step `s`, which has a name, as defaults have not."""


def build_requirements(s: str) -> tuple[Requirement, ...]:
    """Over the fields of a step, or of what `defaults` gives to all steps: `s` is the CEL for either."""
    approvers = f"{s}.approval.approvers.all(a, has(a.user) != has(a.group))"
    backoff = f"{s}.retry.backoff.seconds <= {s}.retry.backoff.maxSeconds"
    return (
        *_build_action_requirements(s),
        *_build_fan_requirements(s),
        *_build_container_requirements(s),
        (
            f"!has({s}.approval) || !has({s}.approval.approvers) || {approvers}",
            "approval.approvers: an approver needs exactly one of user and group",
        ),
        (
            f"!has({s}.outputs) || !{s}.outputs.exists(o, o in {KEYWORDS})",
            "outputs: a name is a word of CEL, so no expression could read it; choose another",
        ),
        (
            f"!has({s}.retry) || !has({s}.retry.backoff) || {backoff}",
            "retry.backoff.seconds is more than retry.backoff.maxSeconds; lower it or raise maxSeconds",
        ),
    )


def _build_action_requirements(s: str) -> tuple[Requirement, ...]:
    return (
        (
            f"{count_set(s, *ACTIONS)} <= 1",
            "sets more than one of image, agent, workflow and approval; keep one",
        ),
        (
            f"!(has({s}.script) && has({s}.command))",
            "sets script and command; keep one (args may go with either)",
        ),
        (
            f"{count_set(s, *ACTIONS[1:])} == 0 || {count_set(s, 'script', 'command', 'args')} == 0",
            "sets script, command or args, which are for a step with an image; remove them, or set image",
        ),
        (
            f"{count_set(s, 'workflow', 'approval')} == 0 || {count_set(s, *POD_FIELDS)} == 0",
            "sets services, debug, artifacts, cache or credentials, which are for a step with a pod; remove them",
        ),
    )


def _build_fan_requirements(s: str) -> tuple[Requirement, ...]:
    # has(dyn(x).y) sees a field whose values are of type any, where has(x.y) does not compile.
    for_each, matrix = f"dyn({s}.forEach)", f"has(dyn({s}.forEach).matrix)"
    return (
        (
            f"!has({s}.forEach) || has({s}.forEach.items) != {matrix}",
            "forEach needs exactly one of items and matrix",
        ),
        (
            f"!has({s}.forEach) || {matrix} || {count_set(for_each, 'include', 'exclude')} == 0",
            "forEach.include and forEach.exclude add to a matrix and take from it; set forEach.matrix",
        ),
    )


def _build_container_requirements(s: str) -> tuple[Requirement, ...]:
    sources = count_set("e.valueFrom", "secretKeyRef", "configMapKeyRef", "fieldRef")
    volumes = count_set("v", "emptyDir", "persistentVolumeClaim", "configMap", "secret", "run")
    return (
        (
            f"!has({s}.env) || {s}.env.all(e, has(e.value) != has(e.valueFrom))",
            'env: a variable needs exactly one of value and valueFrom (value: "" for an empty one)',
        ),
        (
            f"!has({s}.env) || {s}.env.all(e, !has(e.valueFrom) || {sources} == 1)",
            "env: valueFrom needs exactly one of secretKeyRef, configMapKeyRef and fieldRef",
        ),
        (
            f"!has({s}.envFrom) || {s}.envFrom.all(e, has(e.configMapRef) != has(e.secretRef))",
            "envFrom: an entry needs exactly one of configMapRef and secretRef",
        ),
        (
            f"!has({s}.volumes) || {s}.volumes.all(v, {volumes} == 1)",
            "volumes: a volume needs exactly one of emptyDir, persistentVolumeClaim, configMap, secret and run",
        ),
    )
