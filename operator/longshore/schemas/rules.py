"""Owns what a CEL rule is, how rules are written and how they are put into a schema. Must not know any kind.

The API server estimates what a rule costs at worst from the schema's maxima. It loses sight of them behind
optional selection (`.?`), an index and `filter`: hence `has`, `==` with one side in sight, and `map`.
"""

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from longshore.schemas.structural import Schema

RULES = "x-kubernetes-validations"


@dataclass(frozen=True, slots=True)
class Rule:
    """What has to hold of `self`, and what to say when it does not.

    `expression` is CEL that gives a message with more in it. `field` is the path to blame, such as .steps.
    `reason` is one of the API server's: FieldValueForbidden, or where there is none, FieldValueInvalid.
    """

    cel: str
    message: str
    expression: str = ""
    field: str = ""
    reason: str = ""
    optional_old: bool = False

    def to_json(self) -> dict[str, Any]:
        """As the CRD has it."""
        rule: dict[str, Any] = {"rule": self.cel, "message": self.message}
        if self.expression:
            rule["messageExpression"] = self.expression
        if self.field:
            rule["fieldPath"] = self.field
        if self.reason:
            rule["reason"] = self.reason
        if self.optional_old:
            rule["optionalOldSelf"] = True
        return rule


RuleBook = Mapping[str, Sequence[Rule]]
"""Rules by the path of what `self` is: "", "spec", "spec.steps"."""


def build_item_rule(items: str, holds: str, message: str, unless: str = "false") -> Rule:
    """A rule over each item `s` of a list such as steps, whose items have a name; the message says which.

    On the owner of the list it is evaluated once; on the items it would be once an item. Where `unless`
    holds, so does the rule.
    """
    name_it = build_named_message(items, message)
    return Rule(
        f"!has(self.{items}) || {unless} || self.{items}.all(s, {holds})",
        message,
        f"self.{items}.map(s, !({holds}), {name_it})[0]",
        f".{items}",
    )


def build_named_message(items: str, message: str) -> str:
    """CEL for a message that begins with which item `s` of a list such as steps is wrong."""
    return f'"{items.removesuffix("s")} " + s.name + {json.dumps(": " + message)}'


def count_set(owner: str, *fields: str) -> str:
    """CEL that counts which of the fields are set."""
    return " + ".join(f"(has({owner}.{field}) ? 1 : 0)" for field in fields)


def is_same(field: str, new: str = "self", old: str = "oldSelf") -> str:
    """CEL that tells whether an optional field is as it was."""
    a, b = f"{new}.{field}", f"{old}.{field}"
    return f"(has({a}) ? has({b}) && {a} == {b} : !has({b}))"


def forbid_change(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules as those over a change: what is wrong is not the value, but to have it now."""
    return tuple(replace(rule, reason="FieldValueForbidden") for rule in rules)


def check_once(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules for what never changes after it is made: later writes pass them at next to no cost."""
    return tuple(replace(rule, cel=f"oldSelf.hasValue() || ({rule.cel})", optional_old=True) for rule in rules)


def attach_rules(schema: Schema, book: RuleBook) -> Schema:
    """The schema with its rules."""
    schema = deepcopy(schema)
    for path, rules in book.items():
        node = schema
        for name in filter(None, path.split(".")):
            node = node["properties"][name]
        node[RULES] = [*node.get(RULES, []), *(rule.to_json() for rule in rules)]
    return schema
