"""What a pod template may ask for, and what the Pod Security label of the namespace changes in it."""

from typing import Any

import pytest
from support.admissions import (
    Caller,
    Manifest,
    build_graph,
    build_graph_object,
    build_object,
)

STEP = {"name": "a", "image": "busybox"}
GRAPH_KINDS = ("Workflow", "Run")
ROOT: Manifest = {"runAsUser": 0}
CONTAINER = {"name": "step"}
# A pod's spec, the Pod Security level that allows it, and what is said below that level.
PODS: dict[str, tuple[Manifest, str, str]] = {
    "service account": ({"serviceAccountName": "admin"}, "", "may not set serviceAccountName"),
    "old service account": ({"serviceAccount": "admin"}, "", "may not set serviceAccountName"),
    "token": ({"automountServiceAccountToken": True}, "", "automountServiceAccountToken"),
    "projected token": (
        {"volumes": [{"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}}]},
        "",
        "may not mount a service account token",
    ),
    "archive": (
        {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "archive"}}]},
        "",
        "no step may mount",
    ),
    "artifacts": (
        {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "artifacts"}}]},
        "",
        "no step may",
    ),
    "host network": ({"hostNetwork": True}, "privileged", "may not set hostNetwork"),
    "host processes": ({"hostPID": True}, "privileged", "may not set hostNetwork, hostPID"),
    "host memory": ({"hostIPC": True}, "privileged", "may not set hostNetwork"),
    "host path": ({"volumes": [{"name": "h", "hostPath": {"path": "/"}}]}, "privileged", "a hostPath volume"),
    "host port": ({"containers": [{**CONTAINER, "ports": [{"hostPort": 80}]}]}, "privileged", "hostPort"),
    "privileged": (
        {"containers": [{**CONTAINER, "securityContext": {"privileged": True}}]},
        "privileged",
        "Baseline",
    ),
    "init privileged": (
        {"initContainers": [{"name": "i", "securityContext": {"privileged": True}}]},
        "privileged",
        "Baseline",
    ),
    "capability": (
        {"containers": [{**CONTAINER, "securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}]},
        "privileged",
        "Baseline",
    ),
    "seccomp": ({"securityContext": {"seccompProfile": {"type": "Unconfined"}}}, "privileged", "Baseline"),
    "apparmor": ({"securityContext": {"appArmorProfile": {"type": "Unconfined"}}}, "privileged", "Baseline"),
    "selinux": ({"securityContext": {"seLinuxOptions": {"type": "spc_t"}}}, "privileged", "Baseline"),
    "sysctl": (
        {"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}},
        "privileged",
        "Baseline",
    ),
    "root": ({"securityContext": ROOT}, "baseline", "Restricted"),
    "root container": ({"containers": [{**CONTAINER, "securityContext": ROOT}]}, "baseline", "Restricted"),
    "may be root": ({"securityContext": {"runAsNonRoot": False}}, "baseline", "Restricted"),
    "escalation": (
        {"containers": [{**CONTAINER, "securityContext": {"allowPrivilegeEscalation": True}}]},
        "baseline",
        "Restricted",
    ),
    "capability of baseline": (
        {"containers": [{**CONTAINER, "securityContext": {"capabilities": {"add": ["CHOWN"]}}}]},
        "baseline",
        "Restricted",
    ),
    "capabilities kept": (
        {"containers": [{**CONTAINER, "securityContext": {"capabilities": {"drop": []}}}]},
        "baseline",
        "Restricted",
    ),
    # A null in a template takes away what Longshore sets.
    "no context": ({"securityContext": None}, "baseline", "Restricted"),
    "no container context": ({"containers": [{**CONTAINER, "securityContext": None}]}, "baseline", "Restricted"),
    "capabilities taken away": (
        {"containers": [{**CONTAINER, "securityContext": {"capabilities": None}}]},
        "baseline",
        "Restricted",
    ),
    "user taken away": ({"securityContext": {"runAsUser": None}}, "baseline", "Restricted"),
}
SAFE_POD = {
    "hostNetwork": False,
    "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a"]}],
    "securityContext": {"runAsUser": 2000, "runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "volumes": [
        {"name": "e", "emptyDir": {}},
        {"name": "c", "persistentVolumeClaim": {"claimName": "mine"}},
        {"name": "p", "projected": {"sources": [{"secret": {"name": "s"}}]}},
    ],
    "containers": [
        {
            "name": "step",
            "ports": [{"containerPort": 80}],
            "securityContext": {"capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}},
        },
        {"name": "proxy", "image": "envoy"},
    ],
}
LEVELS = ("restricted", "baseline", "privileged")


def serve(**container: Any) -> Manifest:
    """A service."""
    return {"name": f"s{len(container)}", "container": {"image": "postgres", **container}}


@pytest.fixture
def label(guarded: Caller):  # type: ignore[no-untyped-def]
    """Sets the Pod Security label of the namespace, and takes it away in the end."""
    key = "pod-security.kubernetes.io/enforce"
    yield lambda level: guarded.kubectl("label", "namespace", guarded.namespace, "--overwrite", f"{key}={level}")
    guarded.kubectl("label", "namespace", guarded.namespace, f"{key}-")


def build_templates(pod: Manifest) -> list[Manifest]:
    """Everything that can hold this pod template."""
    step = {**STEP, "template": {"spec": pod}}
    return [
        build_graph_object("Workflow", build_graph(step)),
        build_graph_object("Workflow", build_graph(defaults={"template": {"spec": pod}})),
        build_graph_object("Workflow", build_graph(**{"finally": [{**step, "name": "z"}]})),
        build_graph_object("Run", build_graph(step)),
        build_object("Agent", "", {"template": {"spec": pod}}) | {"metadata": {"generateName": "agent-"}},
    ]


@pytest.mark.parametrize("case", PODS)
def test_unsafe_template(guarded: Caller, operator: Caller, alice: Caller, case: str) -> None:
    pod, _, message = PODS[case]
    for manifest in build_templates(pod):
        assert message in alice.refuse_manifest(manifest)
    manifest = build_templates(pod)[0]
    assert message in guarded.refuse_manifest(manifest)
    operator.create(manifest)


@pytest.mark.parametrize("level", LEVELS)
def test_label_allows(alice: Caller, label: Any, level: str) -> None:
    label(level)
    for pod, needed, message in PODS.values():
        manifest = build_templates(pod)[0]
        if needed and LEVELS.index(level) >= LEVELS.index(needed):
            alice.create(manifest)
        else:
            assert message in alice.refuse_manifest(manifest)


def test_safe_template(alice: Caller) -> None:
    for manifest in build_templates(SAFE_POD):
        alice.create(manifest)


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"services": [{"name": "s", "container": {"securityContext": {"privileged": True}}}]}, "Baseline"),
        ({"services": [{"name": "s", "container": {"securityContext": ROOT}}]}, "Restricted"),
        ({"services": [{"name": "s", "container": {"ports": [{"hostPort": 80}]}}]}, "hostPort"),
        ({"services": [serve(), serve(securityContext={"capabilities": {"add": ["SYS_ADMIN"]}})]}, "Baseline"),
        ({"services": [serve(securityContext={"capabilities": None})]}, "Restricted"),
        ({"services": [serve(securityContext={"allowPrivilegeEscalation": True})]}, "Restricted"),
        (
            {"volumes": [{"name": "v", "mountPath": "/v", "persistentVolumeClaim": {"claimName": "archive"}}]},
            "no step may mount",
        ),
    ],
)
@pytest.mark.parametrize("kind", GRAPH_KINDS)
def test_what_a_step_says_of_its_pod(alice: Caller, kind: str, extra: Manifest, message: str) -> None:
    last = {**STEP, **extra, "name": "z"}
    for graph in (build_graph({**STEP, **extra}), build_graph(defaults=extra), build_graph(**{"finally": [last]})):
        assert message in alice.refuse_manifest(build_graph_object(kind, graph))


def test_a_service_may_be_another_user(alice: Caller) -> None:
    context = {"runAsUser": 999, "readOnlyRootFilesystem": True, "capabilities": {"add": ["NET_BIND_SERVICE"]}}
    step = {**STEP, "services": [serve(ports=[{"containerPort": 5432}], securityContext=context)]}
    alice.create(build_graph_object("Run", build_graph(step)))
