"""How the kubelet expands env, command and args, from its documentation alone.

https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/ and the
API's description of EnvVar.value: $(NAME) is the variable's value, $$ is a dollar, and $$(NAME) stays $(NAME);
a reference that can't be resolved stays as it is.
"""

from collections.abc import Mapping, Sequence
from typing import Any


def expand(text: str, variables: Mapping[str, str]) -> str:
    """A text as the container gets it."""
    result, position = [], 0
    while (dollar := text.find("$", position)) >= 0 and dollar + 1 < len(text):
        result.append(text[position:dollar])
        written, position = _expand_at(text, dollar, variables)
        result.append(written)
    return "".join([*result, text[position:]])


def _expand_at(text: str, dollar: int, variables: Mapping[str, str]) -> tuple[str, int]:
    """What stands for the dollar and what follows it, and where the rest begins."""
    following = text[dollar + 1]
    if following == "$":
        return "$", dollar + 2
    if following == "(" and (end := text.find(")", dollar)) >= 0:
        name = text[dollar + 2 : end]
        return variables.get(name, f"$({name})"), end + 1
    return text[dollar : dollar + 2], dollar + 2


def expand_env(env: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The environment of a container: each variable sees those before it."""
    variables: dict[str, str] = {}
    for variable in env:
        variables[variable["name"]] = expand(variable.get("value", ""), variables)
    return variables
