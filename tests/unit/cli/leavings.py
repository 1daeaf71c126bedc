"""Artifacts as the archive has them, made up for the tests of the plugin."""

import hashlib

from longshore.cli.archives.artifacts import Artifact, build_artifact
from unit.cli.samples import Object

CONTENT = b"0123456789"
SHA = hashlib.sha256(CONTENT).hexdigest()


def item(step: str = "test", name: str = "report", **others: object) -> Object:
    """As the archive says it."""
    known = {"id": f"{step}-{name}", "attempt": 1, "kind": "file", "path": f"out/{name}.xml", "size": len(CONTENT)}
    return {"step": step, "name": name, "sha256": SHA, "createdAt": "2026-01-02T10:00:00Z", **known, **others}


def artifact(step: str = "test", name: str = "report", **others: object) -> Artifact:
    """As the plugin has it."""
    return build_artifact(item(step, name, **others))


URL = "/v1/artifacts/test-report/content"
