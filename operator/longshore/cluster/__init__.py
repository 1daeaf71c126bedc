"""The API server as the operator sees it: calls, a cache of pods, leadership, Events.

The only package that makes API calls. It knows nothing of workflows: what to write is decided above it.
"""
