"""Owns the reference of the archive's HTTP interface in Markdown: a part for each operation."""

import inspect
import pkgutil
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from fastapi import APIRouter

from longshore.archive import http
from longshore.archive.http.app import describe

HEADER = """# The archive over HTTP

Each namespace has its own archive. Its OpenAPI 3.1 description is at `/v1/openapi.json`, for everybody.

| address | who gets in |
| --- | --- |
| Service `archive`, port 8080 | whoever sends `Authorization: Bearer <token>`: people and programs as RBAC says |
| `kubectl port-forward deployment/archive 8082` | whoever may forward a port to its pod, to read |

- Runs, events and lists of artifacts take `get runs.longshore.dev` in the namespace; logs and contents of
  artifacts `get pods/log`. Paths below `/v1/steps` are for the pod of that attempt alone, by its token.
- What the API server said of a caller holds for 30 seconds; a stream is asked for anew every minute.
- A refusal is `application/problem+json` with `title`, `status` and `detail`, which names the remedy: 401 no good
  token, 403 not allowed, 404 not there, 422 a parameter is wrong, 503 the API server could not be asked.

This page is made from the routes by `make crds`; do not edit it.
"""
_HEAD = "| {} | type | what it is |\n| --- | --- | --- |\n"
_JSON = "application/json"
_COMMON = {"401", "403", "404", "422", "503"}


def build_interface() -> str:
    """The whole page, of all routes that there are."""
    return build_page(describe(list_routers()))


def list_routers() -> Iterator[APIRouter]:
    """The routers of all modules that build one. Only requests ask for what they serve, so there is none."""
    for module in sorted(pkgutil.iter_modules(http.__path__), key=lambda module: module.name):
        build = getattr(import_module(f"{http.__name__}.{module.name}"), "build_router", None)
        if build is not None:
            yield build(*[None for _ in inspect.signature(build).parameters])


def build_page(description: dict[str, Any]) -> str:
    """The page of an OpenAPI description."""
    sections: defaultdict[str, list[str]] = defaultdict(list)
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            sections[operation.get("tags", ["other"])[0]].append(_build_operation(method, path, operation))
    parts = [f"## {tag.capitalize()}\n\n{_join(sections[tag])}" for tag in sorted(sections)]
    models = description["components"]["schemas"]
    objects = [_build_model(name, models[name]) for name in sorted(models) if "properties" in models[name]]
    return "\n".join([HEADER, *parts, f"## Objects\n\n{_join(objects)}"])


def _build_operation(method: str, path: str, operation: dict[str, Any]) -> str:
    text = operation.get("description") or operation["summary"]
    parts = [f"### `{method.upper()} {path}`\n\n{text}\n"]
    # What a part of the path is its name tells.
    shown = [each for each in operation.get("parameters", ()) if each["in"] == "query" or each.get("description")]
    if rows := [_build_row(each["name"], each["schema"], each) for each in shown]:
        parts.append(f"{_HEAD.format('parameter')}{''.join(rows)}")
    if body := operation.get("requestBody"):
        parts.append(f"Takes {_describe_content(body['content'])}.\n")
    responses = {code: answer for code, answer in operation["responses"].items() if code not in _COMMON}
    answers = [f"{code}{_describe_answer(answer)}" for code, answer in responses.items()]
    return _join([*parts, f"Answers {', or '.join(answers)}.\n"])


def _build_model(name: str, schema: dict[str, Any]) -> str:
    required = schema.get("required", ())
    rows = [
        _build_row(field, child, {"required": field in required}) for field, child in schema["properties"].items()
    ]
    text = inspect.cleandoc(schema.get("description", ""))
    return f"### {name}\n\n{text}\n\n{_HEAD.format('field')}{''.join(rows)}"


def _build_row(name: str, schema: dict[str, Any], facts: dict[str, Any]) -> str:
    notes = [facts.get("description") or schema.get("description", "")]
    if facts.get("required"):
        notes.append("Required.")
    if schema.get("default") not in (None, "", [], {}, False):
        notes.append(f"Default: `{schema['default']}`.")
    text = " ".join(filter(None, notes)).replace("|", "\\|").replace("<", "&lt;")
    return f"| `{name}` | {_describe(schema)} | {text} |\n"


def _describe_answer(answer: dict[str, Any]) -> str:
    content = _describe_content(answer.get("content", {}))
    text = answer["description"].rstrip(".")
    return (f" with {content}" if content else "") + ("" if text == "Successful Response" else f" ({text})")


def _describe_content(content: dict[str, Any]) -> str:
    """Of JSON its type, of all else the media type."""
    kinds = [_describe(body.get("schema", {})) if kind == _JSON else f"`{kind}`" for kind, body in content.items()]
    return " or ".join(kind for kind in kinds if kind != "any")


def _describe(schema: dict[str, Any]) -> str:
    options = [_describe(option) for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    if options:
        return " or ".join(options)
    if schema.get("type") == "array":
        return f"list of {_describe(schema['items'])}"
    if name := schema.get("$ref", "").rpartition("/")[2]:
        return f"[{name}](#{name.lower()})"
    return str(schema.get("format") or schema.get("type", "any"))


def _join(parts: Iterable[str]) -> str:
    return "\n".join(parts)
