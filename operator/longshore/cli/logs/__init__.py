"""Owns the logs of Runs, in pods and in the archive, one after another or as they come. Must not print."""
