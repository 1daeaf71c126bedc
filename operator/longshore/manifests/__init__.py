"""Owns what is written to the API server: pure builders of manifests. Must not decide whether to write them."""
