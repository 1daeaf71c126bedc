"""Owns the schema hash of each CRD, by which the operator knows its own.

Made from the models by `make crds`; do not edit.
"""

SCHEMA_HASHES = {
    "workflows.longshore.dev": "bbfd93a74ce1d4e9",
    "runs.longshore.dev": "d8d36b7eb544b95a",
    "agents.longshore.dev": "56a99ca3aa71796c",
    "concurrencygroups.longshore.dev": "946871531a115ab2",
}
