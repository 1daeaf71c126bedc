"""Owns the rules over a graph, which a Workflow has as its spec and a Run as spec.workflowSpec.

What only the whole graph can tell is a Workflow's alone: a Run's graph is checked by the planner.
"""

import json

from longshore.schemas.rules import Rule, build_item_rule, build_named_message, count_set
from longshore.schemas.step_rules import ACTIONS, KEYWORDS, NAMED_REQUIREMENTS, build_requirements

_CRON = r"^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|[^ @]+( +[^ ]+){4})$"
_CREDENTIALS = "^https?://[^/]*@"
# The map is made once, in a list of one, so that looking a name up costs the same however many there are:
# nested exists() passes the API server's cost limit only up to 100 steps.
_NAMES = "[self.steps.transformMapEntry(i, s, {s.name: true})]"


def _require_action(steps: str) -> Rule:
    return build_item_rule(
        steps,
        f"{count_set('s', *ACTIONS)} > 0",
        "has nothing to run; set one of image, agent, workflow and approval, here or in defaults",
        unless=f"has(self.defaults) && {count_set('self.defaults', *ACTIONS)} > 0",
    )


def _check_defaults() -> tuple[Rule, ...]:
    return tuple(
        Rule(f"!has(self.defaults) || ({holds})", message, field=".defaults")
        for holds, message in build_requirements("self.defaults")
    )


def _check_steps(steps: str) -> tuple[Rule, ...]:
    requirements = (*build_requirements("s"), *NAMED_REQUIREMENTS)
    return tuple(build_item_rule(steps, holds, message) for holds, message in requirements)


def _name_no_keyword(items: str) -> Rule:
    message = "is a word of CEL, so no expression could read it; choose another name"
    return build_item_rule(items, f"!(s.name in {KEYWORDS})", message)


def _look_up(steps: str, wrong: str, message: str) -> Rule:
    """A rule over each step `s` with `m`, the map of the names in steps."""
    name_it = build_named_message(steps, message)
    return Rule(
        f"!has(self.{steps}) || {_NAMES}.all(m, self.{steps}.all(s, !({wrong})))",
        message,
        f"{_NAMES}.map(m, self.{steps}.map(s, {wrong}, {name_it}))[0][0]",
        f".{steps}",
    )


FIELD_RULES = (
    _require_action("steps"),
    _require_action("finally"),
    *_check_defaults(),
    *_check_steps("steps"),
    *_check_steps("finally"),
    build_item_rule("finally", "!has(s.verify)", "has verify, but at the end there is no step to go back to"),
    _name_no_keyword("params"),
    _name_no_keyword("outputs"),
    build_item_rule(
        "params",
        "!s.required || !has(dyn(s).default)",
        "is required and has a default, which would never be used; remove one of the two",
    ),
    Rule(
        f"!has(self.schedule) || self.schedule.cron.matches({json.dumps(_CRON)})",
        "cron needs five fields such as 30 2 * * 1-5, or one of @hourly, @daily, @weekly, @monthly, @yearly",
        field=".schedule.cron",
    ),
    Rule(
        f"!has(self.source) || !self.source.git.url.matches({json.dumps(_CREDENTIALS)})",
        "the URL holds credentials, and whoever may read this object sees them; put them into a Secret and"
        " name it in secretRef",
        field=".source.git.url",
    ),
)
"""What can be seen field by field."""

GRAPH_RULES = (
    _look_up(
        "steps",
        "has(s.needs) && s.needs.exists(d, !(d in m))",
        "needs a step that is not there; name one of steps",
    ),
    _look_up(
        "steps",
        "has(s.verify) && !(s.verify.step in m)",
        "verify.step names a step that is not there; name one of steps",
    ),
    _look_up(
        "finally",
        "s.name in m",
        "is the name of one of steps too; names are unique over steps and finally, so rename one",
    ),
)
"""What takes the whole graph to see."""
