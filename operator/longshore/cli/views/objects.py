"""Owns objects as kubectl prints them: a name, JSON or YAML."""

import json
from typing import Any

from longshore.names import GROUP

Object = dict[str, Any]


def write_list(items: list[Object], output: str) -> str:
    """Many objects as one List, in `json` or `yaml`."""
    shown = [_drop_bookkeeping(item) for item in items]
    return _write({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": shown}, output)


def write_object(item: Object, output: str) -> str:
    """One object as `name`, `json` or `yaml`; several YAML ones make one stream."""
    if output == "name":
        return f"{get_full_name(item)}\n"
    return ("---\n" if output == "yaml" else "") + _write(_drop_bookkeeping(item), output)


def write_made(item: Object, dry_run: str, output: str | None, done: str = "created") -> str:
    """What was done to an object, or would have been, as kubectl says it; with `output` the object itself."""
    if output:
        return write_object(item, output)
    note = {"none": "", "client": " (dry run)", "server": " (server dry run)"}[dry_run]
    return f"{get_full_name(item)} {done}{note}\n"


def get_full_name(item: Object) -> str:
    """Kind and name as kubectl takes and prints them: run.longshore.dev/x."""
    # Of a dry run nobody knows the name that would be made up.
    name = item["metadata"].get("name", "<unknown>")
    return f"{item['kind'].lower()}.{GROUP}/{name}"


def _write(value: Object, output: str) -> str:
    if output == "json":
        return json.dumps(value, indent=4, ensure_ascii=False) + "\n"
    import yaml  # noqa: PLC0415 - slow, and seldom asked for

    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
    return text


def _drop_bookkeeping(item: Object) -> Object:
    metadata = {name: value for name, value in item["metadata"].items() if name != "managedFields"}
    return {**item, "metadata": metadata}
