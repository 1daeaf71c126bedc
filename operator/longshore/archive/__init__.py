"""The archive: keeps the logs, artifacts, events and Runs of one namespace, beside the operator."""
