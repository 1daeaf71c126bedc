"""The CRDs and the chart's policies on the session's API server, and who calls it."""

import json
import secrets
import subprocess
import time
from pathlib import Path

import pytest
import yaml
from cluster.settings import BIN
from support.admissions import Caller, allow, allow_editing, build_graph, build_object
from support.api_server import ApiServer

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def crds(api_server: ApiServer) -> ApiServer:
    """The API server with our CRDs, as they are in the repository."""
    crds = f"--filename={(ROOT / 'crds').resolve()}"
    api_server.kubectl("apply", "--server-side", "--force-conflicts", crds)
    api_server.kubectl("wait", "--for=condition=Established", "--timeout=60s", crds)
    return api_server


@pytest.fixture(scope="module")
def admin(crds: ApiServer) -> Caller:
    """The administrator, in a namespace without policies."""
    return create_namespace(crds)


@pytest.fixture(scope="module")
def guarded(crds: ApiServer) -> Caller:
    """The administrator, in a namespace where the chart's policies apply."""
    admin = create_namespace(crds)
    policies = {"apiVersion": "v1", "kind": "List", "items": render_policies(admin.namespace)}
    admin.kubectl("apply", "--server-side", "-f=-", stdin=json.dumps(policies))
    await_policies(admin)
    return admin


@pytest.fixture(scope="module")
def operator(guarded: Caller) -> Caller:
    """The operator of the policies, which may do all with our kinds."""
    operator = guarded.as_user(f"system:serviceaccount:longshore-system:longshore-{guarded.namespace}-operator")
    allow_editing(guarded, operator.user)
    return operator


@pytest.fixture(scope="module")
def alice(guarded: Caller) -> Caller:
    """Somebody who may edit our kinds, status too as far as RBAC says, and make pods."""
    allow_editing(guarded, "alice")
    allow(guarded, "alice", "create", "pods")
    return guarded.as_user("alice", "developers")


def create_namespace(server: ApiServer) -> Caller:
    """The administrator, in a namespace of its own."""
    name = f"admission-{secrets.token_hex(4)}"
    server.kubectl("create", "namespace", name)
    return Caller(server, name)


def render_policies(namespace: str) -> list[dict[str, object]]:
    """The policies of the chart for one namespace, the bindings last."""
    release = f"longshore-{namespace}"
    command: list[str | Path] = [BIN / "helm", "template", release, ROOT / "charts/longshore"]
    flags = (
        "--namespace=longshore-system",
        "--kube-version=1.33.0",
        f"--set=namespaces={{{namespace}}}",
    )
    text = subprocess.run([*command, *flags], check=True, capture_output=True, text=True).stdout
    manifests = [manifest for manifest in yaml.safe_load_all(text) if manifest]
    policies = [manifest for manifest in manifests if manifest["kind"].startswith("ValidatingAdmissionPolicy")]
    return sorted(policies, key=lambda manifest: str(manifest["kind"]))


def await_policies(admin: Caller) -> None:
    """Return when the API server has the last binding, and so all before it."""
    template = {"spec": {"serviceAccountName": "other"}}
    probe = build_object("Workflow", "probe", build_graph({"name": "a", "image": "a", "template": template}))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            admin.refuse("create", "--dry-run=server", "-f=-", stdin=json.dumps(probe))
        except AssertionError:
            continue
        return
    raise AssertionError("the API server does not know the policies after a minute")
