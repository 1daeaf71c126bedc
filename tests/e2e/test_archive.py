"""The archive's life on a real cluster: made with the first Run, upgraded, asleep, woken, and never in the way."""

from support.namespaces import Namespace, write_run

STEP = "{name: one, image: 'python:3.12-slim', script: 'echo done'}"
MADE = {
    "deployment/archive", "service/archive", "serviceaccount/archive", "persistentvolumeclaim/archive",
    "rolebinding.rbac.authorization.k8s.io/archive",
}  # fmt: skip


def run(namespace: Namespace, name: str, script: str = "echo done") -> None:
    """A Run of one step."""
    namespace.apply(write_run(name, f"{{steps: [{{name: one, image: 'python:3.12-slim', script: '{script}'}}]}}"))


def list_made(namespace: Namespace) -> set[str]:
    """What Longshore made in a namespace, besides pods of Runs."""
    kinds = "deployments,services,serviceaccounts,persistentvolumeclaims,rolebindings"
    ours = "--selector=app.kubernetes.io/managed-by=longshore,app.kubernetes.io/component=archive"
    return set(namespace.kubectl("get", kinds, ours, "--output=name").split())


def test_the_first_run_makes_the_archive(namespace: Namespace) -> None:
    assert list_made(namespace) == set()
    run(namespace, "first")
    assert namespace.finish("first")["phase"] == "Succeeded"
    namespace.wait("deployment/archive", "condition=Available")
    assert {name.replace("deployment.apps", "deployment") for name in list_made(namespace)} == MADE
    [pod] = namespace.get("pods", "--selector=app.kubernetes.io/component=archive")["items"]
    [container] = pod["spec"]["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
