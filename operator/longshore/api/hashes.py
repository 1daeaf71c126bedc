"""Owns the schema hash of each CRD, by which the operator knows its own.

Made from the models by `make crds`; do not edit.
"""

SCHEMA_HASHES = {
    "workflows.longshore.dev": "2bc316f35f7a039e",
    "runs.longshore.dev": "2dd069433a14b182",
    "agents.longshore.dev": "c8f0cd8b5e1f56f1",
    "concurrencygroups.longshore.dev": "946871531a115ab2",
}
