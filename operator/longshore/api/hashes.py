"""Owns the schema hash of each CRD, by which the operator knows its own.

Made from the models by `make crds`; do not edit.
"""

SCHEMA_HASHES = {
    "workflows.longshore.dev": "8ef30aed146a9eb0",
    "runs.longshore.dev": "2368829e9c90c0dd",
    "agents.longshore.dev": "56a99ca3aa71796c",
    "concurrencygroups.longshore.dev": "946871531a115ab2",
}
