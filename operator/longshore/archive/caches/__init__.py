"""Directories that steps share between Runs: kept within a quota."""
