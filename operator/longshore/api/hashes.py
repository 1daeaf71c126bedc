"""Owns the schema hash of each CRD, by which the operator knows its own.

Made from the models by `make crds`; do not edit.
"""

SCHEMA_HASHES = {
    "workflows.longshore.dev": "3990dfcb0674e6a8",
    "runs.longshore.dev": "08f83a4a71f5418c",
    "agents.longshore.dev": "8a5bdb305f639b0a",
    "concurrencygroups.longshore.dev": "3de89a38d25977af",
}
