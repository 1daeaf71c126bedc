"""Owns the schema hash of each CRD, by which the operator knows its own.

Made from the models by `make crds`; do not edit.
"""

SCHEMA_HASHES = {
    "workflows.longshore.dev": "8970673145f24e88",
    "runs.longshore.dev": "c2896445b7e30f73",
    "agents.longshore.dev": "56a99ca3aa71796c",
    "concurrencygroups.longshore.dev": "946871531a115ab2",
}
