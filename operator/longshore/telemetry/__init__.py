"""Owns what the operator tells of itself: logs, metrics, health. Must not decide or call the API server."""
