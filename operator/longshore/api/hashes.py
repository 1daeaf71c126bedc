"""Owns the schema hash of each CRD, by which the operator knows its own.

Made from the models by `make crds`; do not edit.
"""

SCHEMA_HASHES = {
    "workflows.longshore.dev": "51e9c572e56cc308",
    "runs.longshore.dev": "813a7b7924257b88",
    "agents.longshore.dev": "8a5bdb305f639b0a",
    "concurrencygroups.longshore.dev": "946871531a115ab2",
}
