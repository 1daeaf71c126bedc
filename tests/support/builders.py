"""Objects for tests against a real API server, as small as it takes them."""

from longshore.cluster.resources import Object


def build_pod(name: str, padding: str = "", **labels: str) -> Object:
    """A pod that no scheduler will look at; `padding` makes it large."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels, "annotations": {"padding": padding}},
        "spec": {"schedulerName": "none", "containers": [{"name": "step", "image": "none"}]},
    }
