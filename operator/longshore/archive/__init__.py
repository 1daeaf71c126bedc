"""The archive: keeps the logs, artifacts, events and Runs of one namespace. A process of its own beside the operator."""
