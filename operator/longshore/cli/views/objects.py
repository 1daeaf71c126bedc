"""Owns objects as kubectl prints them: a name, JSON or YAML."""

import json
from typing import Any

from longshore.names import API_VERSION, GROUP

Object = dict[str, Any]


def write_list(items: list[Object], output: str) -> str:
    """Many objects as one List, in `json` or `yaml`."""
    shown = [_drop_bookkeeping(item) for item in items]
    return write_value({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": shown}, output)


def write_object(item: Object, output: str) -> str:
    """One object as `name`, `json` or `yaml`; several YAML ones make one stream."""
    if output == "name":
        return f"{get_full_name(item)}\n"
    return ("---\n" if output == "yaml" else "") + write_value(_drop_bookkeeping(item), output)


def write_made(item: Object, dry_run: str, output: str | None, done: str = "created") -> str:
    """What was done to an object, or would have been, as kubectl says it; with `output` the object itself."""
    if output:
        return write_object(item, output)
    note = {"none": "", "client": " (dry run)", "server": " (server dry run)"}[dry_run]
    return f"{get_full_name(item)} {done}{note}\n"


def get_full_name(item: Object) -> str:
    """Kind and name as kubectl takes and prints them: run.longshore.dev/x, pod/x."""
    group = f".{GROUP}" if item["apiVersion"] == API_VERSION else ""
    # Of a dry run nobody knows the name that would be made up.
    return f"{item['kind'].lower()}{group}/{item['metadata'].get('name', '<unknown>')}"


def sort_by_name(items: list[Object]) -> list[Object]:
    """By name, of each namespace."""
    return sorted(items, key=lambda item: (item["metadata"]["namespace"], item["metadata"]["name"]))


def write_value(value: Object, output: str) -> str:
    """Any value in `json` or `yaml`."""
    if output == "json":
        return json.dumps(value, indent=4, ensure_ascii=False) + "\n"
    return write_yaml(value)


def write_yaml(value: Object) -> str:
    """An object as YAML, with texts of several lines as blocks, as kubectl has them."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """Writes scripts as one reads them."""

    def write_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, "|" if "\n" in text else None)

    Dumper.add_representer(str, write_text)
    text: str = yaml.dump(value, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=4096)
    return text


def _drop_bookkeeping(item: Object) -> Object:
    metadata = {name: value for name, value in item["metadata"].items() if name != "managedFields"}
    return {**item, "metadata": metadata}
