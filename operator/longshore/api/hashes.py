"""Owns the schema hash of each CRD, by which the operator knows its own.

Made from the models by `make crds`; do not edit.
"""

SCHEMA_HASHES = {
    "workflows.longshore.dev": "46e6c1ac8925cdf0",
    "runs.longshore.dev": "826aa547f02b32ee",
    "agents.longshore.dev": "56a99ca3aa71796c",
    "concurrencygroups.longshore.dev": "946871531a115ab2",
}
