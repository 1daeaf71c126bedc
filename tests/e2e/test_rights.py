"""Who may do what: the operator by its ServiceAccount, people by Kubernetes' own roles, pods by Pod Security."""

import json

import pytest
from longshore.manifests.safety import build_container_security, build_pod_security
from support.clusters import CommandError
from support.namespaces import Namespace, write_run

OPERATOR = "system:serviceaccount:longshore-system:longshore-operator"
RESTRICTED = json.dumps(
    {
        "spec": {
            "securityContext": build_pod_security(),
            "containers": [
                {
                    "name": "theirs",
                    "image": "python:3.12-slim",
                    "args": ["sleep", "60"],
                    "securityContext": build_container_security(),
                }
            ],
        }
    }
)
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
    "get namespaces",
    "create deployments.apps",
    "patch deployments.apps/archive",
    "patch deployments.apps/archive --subresource=status",
    "list deployments.apps/archive",
    "create services",
    "patch services/archive",
    "create serviceaccounts",
    "create rolebindings.rbac.authorization.k8s.io",
    "patch persistentvolumeclaims/archive",
    "patch persistentvolumeclaims/artifacts",
    "create clusterrolebindings.rbac.authorization.k8s.io",
    "bind clusterroles.rbac.authorization.k8s.io/longshore-archive",
    "watch agents.longshore.dev",
    "create agents.longshore.dev",
    "patch agents.longshore.dev --subresource=status",
    "watch nodes",
    "list leases.coordination.k8s.io --namespace=kube-node-lease",
)
FORBIDDEN = (
    "get secrets",
    "list secrets",
    "watch secrets",
    "get configmaps",
    "get pods --subresource=log",
    "create pods --subresource=exec",
    "patch nodes",
    "get nodes --subresource=proxy",
    "patch agents.longshore.dev",
    "delete agents.longshore.dev",
    "patch leases.coordination.k8s.io --namespace=kube-node-lease",
    "list persistentvolumeclaims",
    "delete persistentvolumeclaims",
    "create persistentvolumes",
    "update runs.longshore.dev",
    "deletecollection runs.longshore.dev",
    "patch workflows.longshore.dev",
    "patch persistentvolumeclaims/theirs",
    "delete persistentvolumeclaims/archive",
    "patch deployments.apps/theirs",
    "patch deployments.apps/theirs --subresource=status",
    "list deployments.apps",
    "delete deployments.apps/archive",
    "patch services/theirs",
    "get serviceaccounts/default",
    "create serviceaccounts --subresource=token",
    "patch rolebindings.rbac.authorization.k8s.io/theirs",
    "patch clusterrolebindings.rbac.authorization.k8s.io",
    "bind clusterroles.rbac.authorization.k8s.io/cluster-admin",
    "escalate clusterroles.rbac.authorization.k8s.io/longshore-archive",
    "patch namespaces",
    "list namespaces",
    "impersonate users",
    "create clusterroles.rbac.authorization.k8s.io",
    "create tokenreviews.authentication.k8s.io",
    "update leases.coordination.k8s.io",
    "patch customresourcedefinitions.apiextensions.k8s.io",
    "delete pods --namespace=kube-system --subresource=eviction",
)


ARCHIVE_ALLOWED = (
    "watch pods",
    "patch pods",
    "delete pods",
    "get pods --subresource=log",
    "watch runs.longshore.dev",
    "create events.events.k8s.io",
    "create localsubjectaccessreviews.authorization.k8s.io",
    "create tokenreviews.authentication.k8s.io",
)
ARCHIVE_FORBIDDEN = (
    "get secrets",
    "create pods",
    "update pods",
    "create pods --subresource=exec",
    "patch runs.longshore.dev",
    "patch runs.longshore.dev --subresource=status",
    "get workflows.longshore.dev",
    "get persistentvolumeclaims",
    "create subjectaccessreviews.authorization.k8s.io",
    "watch pods --namespace=kube-system",
    "get pods --subresource=log --namespace=kube-system",
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


def test_the_archive_may_do_its_work_in_its_namespace_and_nothing_else(archived_namespace: Namespace) -> None:
    archived_namespace.apply(
        write_run("first", "{steps: [{name: one, image: 'python:3.12-slim', script: 'true'}]}")
    )
    archived_namespace.wait("deployment/archive", "create")
    archive = f"system:serviceaccount:{archived_namespace.name}:archive"
    assert [action for action in ARCHIVE_ALLOWED if not can(archived_namespace, archive, action)] == []
    assert [action for action in ARCHIVE_FORBIDDEN if can(archived_namespace, archive, action)] == []


def test_the_archive_changes_nothing_of_a_pod_but_what_it_has_of_it(archived_namespace: Namespace) -> None:
    archived_namespace.apply(
        write_run("first", "{steps: [{name: one, image: 'python:3.12-slim', script: sleep 60}]}")
    )
    archived_namespace.wait_for_step("first", "one", "Running")
    archived_namespace.wait("rolebinding/archive", "create")
    [pod] = archived_namespace.get_pods("first")
    name = pod["metadata"]["name"]
    archive = f"--as=system:serviceaccount:{archived_namespace.name}:archive"

    def change(verb: str, *arguments: str) -> str:
        try:
            return archived_namespace.kubectl(verb, *arguments, archive)
        except CommandError as error:
            return str(error)

    assert "annotated" in change("annotate", "pod", name, "longshore.dev/archived={}")
    told = "the archive changes nothing of a pod but the annotation longshore.dev/archived"
    assert told in change("annotate", "pod", name, "longshore.dev/path=other", "--overwrite")
    assert told in change("label", "pod", name, "longshore.dev/step=other", "--overwrite")
    finalizers = '{"metadata": {"finalizers": ["theirs/stays"]}}'
    assert told in change("patch", "pod", name, "--type=merge", f"--patch={finalizers}")
    assert told in change("patch", "pod", name, "--type=merge", '--patch={"spec": {"activeDeadlineSeconds": 1}}')
    archived_namespace.kubectl("run", "theirs", "--image=python:3.12-slim", f"--overrides={RESTRICTED}")
    assert "pods of Runs alone" in change("delete", "pod", "theirs")
    assert "pods of Runs alone" in change("annotate", "pod", "theirs", "longshore.dev/archived={}")
    assert "deleted" in change("delete", "pod", name, "--wait=false")


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("view", "list runs.longshore.dev", "create runs.longshore.dev"),
        ("edit", "create workflows.longshore.dev", "patch runs.longshore.dev --subresource=status"),
        ("edit", "use agents.longshore.dev", "update workflows.longshore.dev --subresource=status"),
        ("admin", "deletecollection runs.longshore.dev", "patch runs.longshore.dev --subresource=status"),
        ("view", "get deployments.apps/archive", "create pods --subresource=portforward"),
        ("longshore-archive-reader", "create pods --subresource=portforward", "patch deployments.apps/archive"),
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
