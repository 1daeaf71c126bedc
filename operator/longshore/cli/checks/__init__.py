"""Owns reading manifests, and what is wrong in them. Must not need a cluster."""
