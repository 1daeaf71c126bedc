"""Owns the schema hash of each CRD, by which the operator knows its own.

Made from the models by `make crds`; do not edit.
"""

SCHEMA_HASHES = {
    "workflows.longshore.dev": "10a9db280b6456fd",
    "runs.longshore.dev": "8d291f6cc8177788",
    "agents.longshore.dev": "56a99ca3aa71796c",
    "concurrencygroups.longshore.dev": "946871531a115ab2",
}
