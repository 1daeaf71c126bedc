"""Tab after `kubectl longshore`, as kubectl itself asks for it."""

from support.clusters import Cluster
from support.namespaces import Namespace, write_run

GATE = (
    "{steps: [{name: gate, approval: {message: May we}}, {name: ship, approval: {message: Now}, needs: [gate]}]}"
)


def complete(cluster: Cluster, *words: str) -> tuple[list[str], str]:
    """The candidates for the last word, and the directive."""
    *offered, directive = cluster.kubectl("__complete", "longshore", *words).splitlines()
    return offered, directive


def test_commands_and_options_come_without_a_cluster(namespace: Namespace) -> None:
    alone = Cluster({"PATH": namespace.cluster.environment["PATH"], "HOME": "/nowhere", "KUBECONFIG": "none"})
    offered, directive = complete(alone, "")
    assert "submit\tRun a Workflow, or a file that holds a Workflow or a Run." in offered
    assert directive == ":4"
    assert complete(alone, "logs", "--fol")[0] == [
        "--follow\tGo on until the Run ends, with new steps as they start."
    ]
    assert complete(alone, "logs", "") == ([], ":4")
    assert complete(alone, "lint", "") == ([], ":0")


def test_names_are_those_of_the_cluster(namespace: Namespace) -> None:
    namespace.apply(write_run("asking", GATE))
    namespace.wait("runs.longshore.dev/asking", "jsonpath={.status.steps.gate.reason}=AwaitingInput")
    cluster, place = namespace.cluster, ("-n", namespace.name)
    assert complete(cluster, "tree", *place, "") == (["asking"], ":4")
    assert complete(cluster, *place, "logs", "asking", "") == (["gate", "ship"], ":4")
    assert complete(cluster, "approve", *place, "asking", "") == (["gate"], ":4")
    assert complete(cluster, "tree", "-n", namespace.name[:-1])[0] == [namespace.name]
    context = cluster.kubectl("config", "current-context").strip()
    assert context in complete(cluster, "list", "--context", "")[0]
