"""Who may do what: the operator by its ServiceAccount, people by Kubernetes' own roles, pods by Pod Security."""

import pytest
from support.clusters import CommandError
from support.namespaces import Namespace, write_run

OPERATOR = "system:serviceaccount:longshore-system:longshore-operator"
ALLOWED = (
    "watch runs.longshore.dev",
    "patch runs.longshore.dev --subresource=status",
    "create runs.longshore.dev",
    "patch runs.longshore.dev",
    "delete runs.longshore.dev",
    "get workflows.longshore.dev",
    "create pods",
    "watch pods",
    "patch pods",
    "delete pods",
    "create persistentvolumeclaims",
    "get persistentvolumeclaims",
    "create events.events.k8s.io",
)
FORBIDDEN = (
    "get secrets",
    "list secrets",
    "watch secrets",
    "get configmaps",
    "get pods --subresource=log",
    "create pods --subresource=exec",
    "get nodes",
    "list persistentvolumeclaims",
    "delete persistentvolumeclaims",
    "create persistentvolumes",
    "update runs.longshore.dev",
    "deletecollection runs.longshore.dev",
    "patch workflows.longshore.dev",
    "create serviceaccounts",
    "impersonate users",
    "create clusterroles.rbac.authorization.k8s.io",
    "update leases.coordination.k8s.io",
    "patch customresourcedefinitions.apiextensions.k8s.io",
    "delete pods --namespace=kube-system --subresource=eviction",
)


def can(namespace: Namespace, user: str, action: str) -> bool:
    """Whether the user may do it in the namespace."""
    try:
        answer = namespace.kubectl("auth", "can-i", f"--as={user}", *action.split())
    except CommandError as error:  # a no is an exit code of 1
        answer = str(error)
    verdicts = {"yes", "no"}.intersection(map(str.strip, answer.splitlines()))
    assert len(verdicts) == 1, answer
    return verdicts == {"yes"}


def test_the_operator_may_do_its_work(namespace: Namespace) -> None:
    assert [action for action in ALLOWED if not can(namespace, OPERATOR, action)] == []


def test_the_operator_may_do_nothing_else(namespace: Namespace) -> None:
    assert [action for action in FORBIDDEN if can(namespace, OPERATOR, action)] == []


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("view", "list runs.longshore.dev", "create runs.longshore.dev"),
        ("edit", "create workflows.longshore.dev", "patch runs.longshore.dev --subresource=status"),
        ("edit", "use agents.longshore.dev", "update workflows.longshore.dev --subresource=status"),
        ("admin", "deletecollection runs.longshore.dev", "patch runs.longshore.dev --subresource=status"),
    ],
)
def test_ordinary_roles_take_in_our_kinds(namespace: Namespace, role: str, may: str, may_not: str) -> None:
    namespace.kubectl("create", "rolebinding", "someone", f"--clusterrole={role}", "--user=someone")
    assert can(namespace, "someone", may)
    assert not can(namespace, "someone", may_not)


def test_pods_are_restricted_and_have_no_token(namespace: Namespace) -> None:
    namespace.apply(write_run("safe", "{steps: [{name: one, image: 'python:3.12-slim', script: id -u}]}"))
    assert namespace.finish("safe")["phase"] == "Succeeded"
    [pod] = namespace.get_pods("safe")
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert len(pod["spec"]["containers"]) == 1
    assert "initContainers" not in pod["spec"]
    assert namespace.read_log("safe", "one") == "1000\n"


def test_a_template_cannot_leave_the_namespaces_pod_security(namespace: Namespace) -> None:
    step = "{name: one, image: 'python:3.12-slim', template: {spec: {hostNetwork: true}}}"
    try:
        namespace.apply(write_run("unsafe", f"{{steps: [{step}]}}"))
    except CommandError as error:
        assert "hostNetwork" in str(error)  # noqa: PT017 - the policy refuses it, or else Pod Security does
        return
    status = namespace.finish("unsafe")
    assert status["steps"]["one"]["reason"] == "PodRejected"
    assert "violates PodSecurity" in status["message"]
