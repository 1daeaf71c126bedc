"""What an Agent takes over from the one that it extends, and what is wrong where it can't."""

from typing import Any

import pytest
from longshore.planning.pools.extensions import resolve_agent


def resolve(own: dict[str, Any], **others: dict[str, Any]) -> Any:
    return resolve_agent({"spec": own}, {name: {"spec": spec} for name, spec in others.items()})


@pytest.mark.parametrize(
    ("own", "base", "resolved"),
    [
        ({"extends": "base"}, {"tags": ["gpu"], "capacity": 4}, {"tags": ["gpu"], "capacity": 4}),
        ({"extends": "base", "capacity": 1}, {"tags": ["gpu"], "capacity": 4}, {"tags": ["gpu"], "capacity": 1}),
        ({"extends": "base", "tags": ["arm"]}, {"tags": ["gpu", "linux"]}, {"tags": ["arm"]}),
        ({"extends": "base", "tags": []}, {"tags": ["gpu"]}, {"tags": []}),
        ({"extends": "base", "nodeSelector": {"a": "1"}}, {"nodeSelector": {"b": "2"}},
         {"nodeSelector": {"a": "1"}}),
        ({"extends": "base"}, {"runtime": "llm", "priority": 3}, {"runtime": "llm", "priority": 3}),
        ({"extends": "base"}, {"enabled": False, "drain": True}, {}),
        ({"extends": "base", "enabled": False}, {"enabled": True}, {"enabled": False}),
        ({"tags": ["gpu"]}, {"capacity": 4}, {"tags": ["gpu"]}),
    ],
)  # fmt: skip
def test_what_is_taken_over(own: dict[str, Any], base: dict[str, Any], resolved: dict[str, Any]) -> None:
    found = resolve(own, base=base)
    extends = {name: own[name] for name in ("extends",) if name in own}
    assert (found.spec.to_json(), found.reason) == (resolved | extends, "")


@pytest.mark.parametrize(
    ("own", "others", "reason", "message"),
    [
        ({"extends": "gone"}, {}, "ExtendsMissing",
         "extends gone, which is not there: make that Agent, or remove spec.extends"),
        ({"extends": "b"}, {"b": {"extends": "c"}, "c": {}}, "ExtendsChain",
         "extends b, which extends c itself: one level is possible"),
        ({"capacity": -1}, {}, "InvalidField",
         "spec.capacity: Input should be greater than or equal to 0"),
        ({"template": {"spec": {"serviceAccountName": "admin"}}}, {}, "InvalidField",
         "spec.template.spec.serviceAccountName: belongs to Longshore; remove it"),
        ({"extends": "b"}, {"b": {"template": {"metadata": {"labels": {"longshore.dev/run-uid": "x"}}}}},
         "InvalidField", "spec.template.metadata.labels.longshore.dev/run-uid: belongs to Longshore; remove it"),
    ],
)  # fmt: skip
def test_what_is_wrong(own: dict[str, Any], others: dict[str, Any], reason: str, message: str) -> None:
    found = resolve(own, **others)
    assert (found.reason, found.message) == (reason, message)
