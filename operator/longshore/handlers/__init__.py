"""Owns what kopf calls: each handler takes in what changed and marks what to reconcile. Must not reconcile."""
