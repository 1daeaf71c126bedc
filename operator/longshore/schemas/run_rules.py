"""Owns the guards of a Run: what may change in its spec, and that its status only goes forward.

Every status write evaluates every rule on the whole object, so each has to be cheap. A transition rule is
not evaluated where its own field is taken away: hence rules on what could be removed stand above it.
"""

import json

from longshore.schemas.graph_rules import FIELD_RULES
from longshore.schemas.rules import Rule, RuleBook, check_once, forbid_change, is_same

_ENDED_RUN = '["Succeeded", "Failed", "Canceled"]'
_ENDED_STEP = '["Succeeded", "Failed", "Skipped", "Canceled"]'
# A graph of the Run's own is compared by the chart's policies: here it would be once a status write.
_FROZEN = ("workflowRef", "params", "rerun", "slice", "createdBy", "queueName", "managedBy")
# Reading a field of an object costs the API server microseconds, more with each field that its schema has.
# So each is read once; lists hide from the estimate that nobody bounds an optional value.
_END = "[dyn({0}.phase), dyn({0}.?reason), dyn({0}.?exitCode), dyn({0}.?outputs)]"
_GOES_FORWARD = (
    f"n.attempt == o.attempt ? (o.phase in {_ENDED_STEP} ? {_END.format('n')} == {_END.format('o')}"
    ' : o.phase != "Running" || n.phase != "Pending") : n.attempt > o.attempt'
)


def _over_steps(holds: str, message: str) -> Rule:
    """A rule over each step that was there: `o` as it was, `n` as it shall be. The message names the step."""
    name_it = f'"step " + k + {json.dumps(": " + message)}'
    return Rule(
        "!has(oldSelf.steps) || !has(self.steps) || [self.steps].all(now, oldSelf.steps.all(k, o, !(k in now) ||"
        f" [now[k]].all(n, {holds})))",
        message,
        f"oldSelf.steps.transformList(k, o, k in self.steps && [self.steps[k]].exists(n, !({holds})),"
        f" {name_it})[0]",
        ".steps",
    )


ROOT_GUARDS = (
    Rule(
        "!has(oldSelf.status) || has(self.status)",
        "status cannot be removed; it is the record of what happened",
    ),
    Rule(
        "!has(oldSelf.status) || !has(oldSelf.status.phase) || !has(self.status) || has(self.status.phase) &&"
        f" (oldSelf.status.phase in {_ENDED_RUN} ? self.status.phase == oldSelf.status.phase"
        ' : oldSelf.status.phase != "Running" || self.status.phase != "Queued")',
        "status.phase only goes forward (Queued, Running, then Succeeded, Failed or Canceled for good);"
        " make a new Run",
    ),
)

SPEC_RULES = (
    Rule(
        "has(self.slice) || has(self.workflowRef) != has(self.workflowSpec)",
        "set exactly one of workflowRef and workflowSpec",
    ),
    Rule(
        "!has(self.slice) || !has(self.workflowSpec) && !has(self.rerun)",
        "slice is set by Longshore alone, for a part of a fan-out; remove it",
        field=".slice",
    ),
)

SPEC_GUARDS = (
    *(
        Rule(is_same(field), f"{field} cannot change once the Run is made; make a new Run", field=f".{field}")
        for field in _FROZEN
    ),
    Rule(
        "!has(oldSelf.cancel) || has(self.cancel) &&"
        ' (self.cancel == oldSelf.cancel || self.cancel == "Immediate")',
        "cancel cannot be taken back; only Graceful may become Immediate",
        field=".cancel",
    ),
    Rule(
        "!has(oldSelf.answers) || has(self.answers) && oldSelf.answers.all(q, users, q in self.answers &&"
        " users.all(u, a, u in self.answers[q] && self.answers[q][u] == a))",
        "answers can be added, but not changed or removed",
        field=".answers",
    ),
)

RERUN_RULES = (
    Rule('(self.from == "Step") == has(self.step)', "step goes with from: Step; set both or neither"),
    Rule("!has(self.attempt) || has(self.step)", "attempt is of a step; set from: Step and step too"),
)

STATUS_GUARDS = (
    Rule(
        "!has(oldSelf.steps) || has(self.steps) && oldSelf.steps.all(k, k in self.steps)",
        "a step's entry cannot be removed; it is the record of what happened",
        field=".steps",
    ),
    _over_steps(
        _GOES_FORWARD,
        "status only goes forward: attempts count up, the phase of one goes from Pending to Running to an end,"
        " whose phase, reason, exitCode and outputs stay; a retry is the next attempt",
    ),
)

RUN_RULES: RuleBook = {
    "": forbid_change(ROOT_GUARDS),
    "spec": (*SPEC_RULES, *forbid_change(SPEC_GUARDS)),
    "spec.workflowSpec": check_once(FIELD_RULES),
    "spec.rerun": RERUN_RULES,
    "status": forbid_change(STATUS_GUARDS),
}
