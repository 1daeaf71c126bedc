"""Runs that exist nowhere, to foretell what real ones will do."""
