"""Owns YAML files as documents that know the line of each of their fields. Must not know what the fields mean."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """Reads dates as text, as Kubernetes does, since JSON has none."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at a place of a file; its text is as compilers and editors have it."""

    file: str
    line: int
    field: str
    message: str
    is_warning: bool = False

    def __str__(self) -> str:
        warning = "warning: " if self.is_warning else ""
        field = f"{self.field}: " if self.field else ""
        return f"{self.file}:{self.line}: {warning}{field}{self.message}"


def sort_problems(problems: Iterable[Problem]) -> list[Problem]:
    """As one reads the files."""
    return sorted(problems, key=lambda problem: (problem.file, problem.line))


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file."""

    file: str
    node: yaml.Node
    content: Any

    def find_line(self, field: str) -> int:
        """The line of a field such as `spec.steps[test].args[0]`, else of the nearest one around it."""
        node, line = self.node, _get_line(self.node)
        for part in re.findall(r"[^.\[\]]+", field.partition(":")[0]):
            found = _find_child(node, part)
            if found is None:
                break
            line, node = found
        return line

    def complain(self, field: str, message: str, *, is_warning: bool = False) -> Problem:
        """A problem at the line of a field."""
        return Problem(self.file, self.find_line(field), field, message, is_warning)


def parse_documents(file: str, text: str) -> list[Document | Problem]:
    """The documents of a file; where it is no YAML, those before the error, and the error."""
    found: list[Document | Problem] = []
    try:
        loader = _Loader(text)
        while loader.check_node():
            node: Any = loader.get_node()
            found += [Problem(file, *place) for place in _find_duplicates(node)]
            content = loader.construct_document(node)
            if content is not None:
                found.append(Document(file, node, content))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = ", ".join(filter(None, (error.context, error.problem)))
        found.append(Problem(file, mark.line + 1 if mark else 1, "", f"is no YAML: {message}"))
    except (yaml.YAMLError, ValueError) as error:
        found.append(Problem(file, 1, "", f"is no YAML: {' '.join(str(error).split())}"))
    return found


def _get_line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _find_child(node: yaml.Node, part: str) -> tuple[int, yaml.Node] | None:
    """A key's value, or an item of a list by its index or name; with its line."""
    if isinstance(node, yaml.MappingNode):
        return next(((_get_line(key), value) for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode):
        if part.isdecimal() and int(part) < len(node.value):
            return _get_line(node.value[int(part)]), node.value[int(part)]
        return next(((_get_line(item), item) for item in node.value if _is_named(item, part)), None)
    return None


def _is_named(item: yaml.Node, name: str) -> bool:
    found = _find_child(item, "name") if isinstance(item, yaml.MappingNode) else None
    return found is not None and found[1].value == name


def _find_duplicates(root: yaml.Node) -> Iterator[tuple[int, str, str]]:
    """Keys that a mapping has twice: YAML would quietly take the last."""
    nodes = [root]
    while nodes:
        node = nodes.pop()
        if isinstance(node, yaml.SequenceNode):
            nodes += node.value
        elif isinstance(node, yaml.MappingNode):
            lines: dict[Any, int] = {}
            for key, value in node.value:
                nodes.append(value)
                if key.value in lines:
                    yield _get_line(key), str(key.value), f"is there twice; it is in line {lines[key.value]} too"
                lines[key.value] = _get_line(key)
