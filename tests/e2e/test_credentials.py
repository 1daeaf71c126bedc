"""Credentials on a real cluster: each kind in its container, Secrets that are late or change, and no leak."""

import base64
import json
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.archives.sites import ArchiveSite
from support.clusters import Cluster
from support.images import RUNNER, provide_image
from support.namespaces import Namespace
from support.releases import Release

pytestmark = pytest.mark.alone

KINDS = ("Env", "Files", "Git", "Docker")
# What anybody may see who may see less than Secrets.
SEEN = "runs,workflows,agents,concurrencygroups,pods,events,configmaps,deployments,persistentvolumeclaims,leases"
ENV = 'test "$TOKEN" = one'
FILES = 'test "$(cat /longshore/credentials/files/TOKEN)" = one && test ! -w /longshore/credentials/files/TOKEN'
GIT = """\
printf "protocol=https\\nhost=%s\\n\\n" git.local | git credential fill | grep -qx password=one
! printf "protocol=https\\nhost=%s\\n\\n" git.evil | git credential fill
sh -c "$GIT_SSH_COMMAND \\"\\$@\\"" ssh localhost true 2>&1 | grep "Connection refused"
"""
DOCKER = "grep one $DOCKER_CONFIG/config.json"
PRINT = """\
env; for file in $(find /longshore/credentials -type f); do cat $file; echo; base64 -w0 $file; echo; done
printf "%s" "$TOKEN" | base64 -w0; echo; printf "protocol=https\\nhost=git.local\\n\\n" | git credential fill
"""


def write_secret(name: str, data: dict[str, str], kind: str = "Opaque") -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": kind, "stringData": data}


def make_key(folder: Path) -> str:
    """A private key for ssh."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"], check=True)
    return (folder / "key").read_text()


def write_secrets(value: str, key: str) -> list[dict[str, Any]]:
    """A Secret for each kind of credentials, with this value wherever one can be."""
    config = {"auths": {"hub.local": {"auth": base64.b64encode(f"bot:{value}-d".encode()).decode()}}}
    git = {
        "username": "bot",
        "password": value,
        "host": "git.local",
        "ssh-privatekey": key,
        "known_hosts": "a b c",
    }
    docker = {".dockerconfigjson": json.dumps(config | {"credsStore": value})}
    return [
        write_secret("env", {"TOKEN": value}),
        write_secret("files", {"TOKEN": value, "lines": f"first {value}\nsecond {value}\n"}),
        write_secret("git", git),
        write_secret("docker", docker, "kubernetes.io/dockerconfigjson"),
    ]


def write_agent(*kinds: str) -> dict[str, Any]:
    """An Agent with a credential of each kind, which has the kind's name, as its Secret has."""
    credentials = [{"name": kind.lower(), "secretRef": {"name": kind.lower()}, "as": kind} for kind in kinds]
    return write("Agent", "keeper", {"credentials": credentials})


def write(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "longshore.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def write_run(name: str, *steps: dict[str, Any], image: str = "python:3.12-slim") -> dict[str, Any]:
    defaults = {"image": image, "agents": ["keeper"]}
    return write("Run", name, {"workflowSpec": {"defaults": defaults, "steps": list(steps)}})


def step(name: str, script: str, *credentials: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "script": script, "credentials": list(credentials), **fields}


def apply(namespace: Namespace, *objects: dict[str, Any]) -> None:
    namespace.apply(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))


def finish(namespace: Namespace, run: str) -> dict[str, Any]:
    """The steps of a Run that has succeeded."""
    status = namespace.finish(run)
    assert status["phase"] == "Succeeded", status
    steps: dict[str, Any] = status["steps"]
    return steps


def test_each_kind_is_there_for_those_who_ask_and_nobody_else(
    cluster: Cluster, namespace: Namespace, tmp_path: Path
) -> None:
    image = provide_image(cluster, RUNNER).name
    scripts = {"env": ENV, "files": FILES, "git": GIT, "docker": DOCKER}
    steps = [step(kind, script, kind) for kind, script in scripts.items()]
    steps.append(
        step("none", 'test -z "$TOKEN$DOCKER_CONFIG$GIT_SSH_COMMAND" && test ! -e /longshore/credentials')
    )
    apply(
        namespace,
        *write_secrets("one", make_key(tmp_path)),
        write_agent(*KINDS),
        write_run("kinds", *steps, image=image),
    )
    finish(namespace, "kinds")


def test_secrets_that_are_late_are_named_and_waited_for(namespace: Namespace) -> None:
    steps = (step("env", ENV, "env"), step("files", FILES, "files"))
    apply(namespace, write_agent("Env", "Files"), write_run("late", *steps))
    run = "runs.longshore.dev/late"
    said = "Secret env of credential env of Agent keeper is not there; create it, and the step goes on by itself"
    namespace.wait(run, f"jsonpath={{.status.steps.env.message}}={said}")
    assert f"step 'env' waits (ConfigMissing): {said}" in namespace.get_status("late")["message"]
    namespace.wait("agents.longshore.dev/keeper", "condition=CredentialsReady=False")
    shown = namespace.kubectl("describe", "agents.longshore.dev", "keeper")
    assert "create Secret env (credential env): steps wait for it" in shown
    namespace.wait(run, "jsonpath={.status.steps.files.reason}=AwaitingVolumes")
    said = namespace.get_status("late")["steps"]["files"]["message"]
    assert "of Agent keeper it mounts Secret files (credential files): create what is missing" in said
    apply(namespace, *write_secrets("one", "none")[:2])
    assert {name: each["attempt"] for name, each in finish(namespace, "late").items()} == {"env": 1, "files": 1}
    namespace.wait("agents.longshore.dev/keeper", "condition=CredentialsReady")


def test_a_secret_that_changes_reaches_the_next_attempt_and_the_files_of_one_that_runs(
    namespace: Namespace,
) -> None:
    wait = "until grep -qx one /longshore/credentials/files/TOKEN; do sleep 1; done"
    steps = (
        step("env", ENV, "env", retry={"limit": 20, "backoff": {"seconds": 2, "factor": 1}}),
        step("files", wait, "files", activeDeadlineSeconds=110),
    )
    apply(namespace, *write_secrets("none", "none"), write_agent("Env", "Files"), write_run("changed", *steps))
    namespace.wait_for_step("changed", "files", "Running")
    namespace.wait("runs.longshore.dev/changed", "jsonpath={.status.steps.env.reason}=Backoff")
    apply(namespace, *write_secrets("one", "none"))
    found = finish(namespace, "changed")
    assert found["files"]["attempt"] == 1
    assert found["env"]["retries"] >= 1


def test_credentials_are_for_steps_that_name_the_agent(namespace: Namespace) -> None:
    spec = {"workflowSpec": {"steps": [step("a", "true", "env", image="python:3.12-slim")]}}
    apply(namespace, write_agent("Env"), write("Run", "unnamed", spec))
    status = namespace.finish("unnamed")
    assert "spec.steps[a].credentials: needs agents: " in status["message"]
    assert namespace.get_pods("unnamed") == []


@pytest.fixture(scope="module")
def masking(cluster: Cluster) -> Iterator[None]:
    """Archives that read Secrets to mask them."""
    Release(cluster).install("archive.maskSecrets=true")
    yield
    Release(cluster).install()


def run_canary(namespace: Namespace, image: str, folder: Path) -> str:
    """Two steps print all that they know, and one of them fails; answers the value that nobody is to see."""
    canary = f"canary{secrets.token_hex(12)}"
    kinds = [kind.lower() for kind in KINDS]
    steps = (step("good", PRINT, *kinds), step("bad", f"{PRINT}exit 3", *kinds, onError="Continue"))
    apply(
        namespace,
        *write_secrets(canary, make_key(folder)),
        write_agent(*KINDS),
        write_run("canary", *steps, image=image),
    )
    found = namespace.finish("canary")["steps"]
    assert (found["good"]["phase"], found["bad"]["phase"], found["bad"]["exitCode"]) == ("Succeeded", "Failed", 3)
    return canary


def collect(namespace: Namespace) -> str:
    """All that is to be seen in the namespace and of the operator, but for logs of steps."""
    system = Namespace(namespace.cluster, "longshore-system")
    pods = [pod["metadata"]["name"] for pod in system.get("pods")["items"]]
    ports = [f"/api/v1/namespaces/longshore-system/pods/{pod}:8080/proxy/metrics" for pod in pods]
    return "\n".join([
        namespace.kubectl("get", SEEN, "--output=json", "--show-managed-fields"),
        namespace.longshore("describe", "canary"),
        *(system.kubectl("logs", pod, "--all-containers") for pod in pods),
        *(system.kubectl("get", "--raw", port) for port in ports),
    ])  # fmt: skip


def list_shapes(canary: str) -> list[str]:
    """The value as it may be seen: as it is, and in base64 wherever it begins in what is encoded."""
    encoded = [base64.b64encode(b"x" * shift + canary.encode()).decode()[4:24] for shift in range(3)]
    return [canary, *encoded]


def test_no_value_is_seen_anywhere_but_in_the_log(cluster: Cluster, namespace: Namespace, tmp_path: Path) -> None:
    canary = run_canary(namespace, provide_image(cluster, RUNNER).name, tmp_path)
    seen = collect(namespace)
    assert [shape for shape in list_shapes(canary) if shape in seen] == []
    for name in ("good", "bad"):
        assert namespace.read_log("canary", name).count(canary) >= 6, "it was printed"


@pytest.mark.usefixtures("masking")
def test_no_value_is_seen_in_a_masked_log_either(
    cluster: Cluster, archived_namespace: Namespace, tmp_path: Path
) -> None:
    canary = run_canary(archived_namespace, provide_image(cluster, RUNNER).name, tmp_path)
    site = ArchiveSite(archived_namespace)
    site.wait_ready()
    archived_namespace.kubectl(
        "wait", "pods", "--selector=longshore.dev/run=canary", "--for=delete", "--timeout=120s"
    )
    logs = [site.read_log("canary", name) for name in ("good", "bad")]
    assert all(log.count("***") >= 10 for log in logs)
    own = archived_namespace.kubectl("logs", "deployment/archive")
    volume = archived_namespace.kubectl(
        "exec", "deployment/archive", "--", "sh", "-c", "cat $(find /archive -type f)|base64"
    )
    held = base64.b64decode(volume).decode(errors="replace")
    seen = "\n".join([collect(archived_namespace), own, held, *logs])
    assert [shape for shape in list_shapes(canary) if shape in seen] == []
    check_revisions(archived_namespace, site)


def check_revisions(namespace: Namespace, site: ArchiveSite) -> None:
    """The archive tells which revision of each Secret an attempt had, also of a Run that is gone."""
    revisions = {
        secret["metadata"]["name"]: secret["metadata"]["resourceVersion"]
        for secret in namespace.get("secrets")["items"]
    }
    used = {
        (use["step"], use["attempt"], use["secret"]): use["revision"]
        for use in site.ask("/runs/canary")["secrets"]
    }
    assert used == {(name, 1, kind.lower()): revisions[kind.lower()] for name in ("good", "bad") for kind in KINDS}
    namespace.kubectl("delete", "runs.longshore.dev/canary")
    assert f"  bad, attempt 1: env at revision {revisions['env']}" in namespace.longshore("describe", "canary")
