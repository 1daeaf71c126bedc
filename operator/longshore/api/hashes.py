"""Owns the schema hash of each CRD, by which the operator knows its own. Generated; do not edit."""

SCHEMA_HASHES = {
    "workflows.longshore.dev": "481946ec3aa41c05",
    "runs.longshore.dev": "261dab925dc4873d",
    "agents.longshore.dev": "c3d293a0b0724c66",
    "concurrencygroups.longshore.dev": "946871531a115ab2",
}
