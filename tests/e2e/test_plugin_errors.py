"""What the plugin says when it may not, can not, or does not know how: one line, no traceback, the remedy."""

import json
import socket
from pathlib import Path

import pytest
import yaml
from support.clusters import ROOT, Cluster
from support.namespaces import Namespace
from support.plugins import Said, say


def write_kubeconfig(cluster: Cluster, path: Path, **changes: object) -> str:
    """The cluster's kubeconfig with another server or token."""
    config = yaml.safe_load(cluster.kubectl("config", "view", "--raw", "--minify", "--flatten"))
    if server := changes.get("server"):
        config["clusters"][0]["cluster"]["server"] = server
    if user := changes.get("user"):
        config["users"][0]["user"] = user
    path.write_text(json.dumps(config))
    return str(path)


def test_lint_needs_no_cluster(tmp_path: Path, namespace: Namespace) -> None:
    said = say(
        Namespace(Cluster({**namespace.cluster.environment, "KUBECONFIG": "none"}), "x"), "version", "--client"
    )
    assert said.code == 0
    alone = Cluster({"PATH": namespace.cluster.environment["PATH"], "HOME": str(tmp_path), "KUBECONFIG": "none"})
    assert alone.kubectl("longshore", "lint", str(ROOT / "examples")) == ""


def test_a_cluster_that_does_not_answer(namespace: Namespace, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"https://127.0.0.1:{server.getsockname()[1]}"
    said = say(
        namespace, "list", "--kubeconfig", write_kubeconfig(namespace.cluster, tmp_path / "k", server=address)
    )
    assert said == Said(1, "", f"error: cannot reach the cluster at {address}: [Errno 111] Connection refused\n")


def test_who_may_not(namespace: Namespace, tmp_path: Path) -> None:
    namespace.kubectl("create", "serviceaccount", "guest")
    token = namespace.kubectl("create", "token", "guest").strip()
    kubeconfig = write_kubeconfig(namespace.cluster, tmp_path / "k", user={"token": token})
    said = say(namespace, "list", "--kubeconfig", kubeconfig)
    guest = f"system:serviceaccount:{namespace.name}:guest"
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert f'User "{guest}" cannot list resource "runs" in API group "longshore.dev"' in said.err


@pytest.mark.parametrize(
    ("user", "message"),
    [
        ({"token": "wrong"}, "error: the cluster does not accept your credentials (Unauthorized); log in again\n"),
        (
            {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-login"}},
            "error: cannot get credentials: [Errno 2] No such file or directory: 'no-such-login'\n",
        ),
    ],
    ids=["wrong token", "missing login"],
)
def test_who_is_not_known(namespace: Namespace, tmp_path: Path, user: object, message: str) -> None:
    kubeconfig = write_kubeconfig(namespace.cluster, tmp_path / "k", user=user)
    assert say(namespace, "list", "--kubeconfig", kubeconfig) == Said(1, "", message)


def test_version(namespace: Namespace) -> None:
    client, served = say(namespace, "version").out.splitlines()
    assert client.startswith("Client Version: ")
    assert served == "Cluster API: longshore.dev/v1alpha1 (Agent, ConcurrencyGroup, Run, Workflow)"


def test_a_reader_that_has_seen_enough(namespace: Namespace) -> None:
    script = "kubectl longshore --help | head -1"
    assert namespace.cluster.run("bash", "-c", script) == "Usage: kubectl longshore COMMAND [ARGUMENTS]...\n"
