"""Kubeconfigs for tests: one server, one user."""

from pathlib import Path

import yaml


def write_kubeconfig(path: Path, server: str, token: str = "", authority: Path | None = None) -> Path:
    """Write a kubeconfig for the server's URL; without `token` the caller is nobody. Answers the path."""
    cluster = {"server": server} | ({"certificate-authority": str(authority)} if authority else {})
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": "test", "user": {"token": token} if token else {}}],
    }
    path.write_text(yaml.safe_dump(config))
    return path
