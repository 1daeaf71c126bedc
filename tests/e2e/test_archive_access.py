"""Who gets into a real archive: through the Service with a token, through a forwarded port without."""

import base64
import http.client
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from longshore import names
from support.clusters import TOOL
from support.namespaces import Namespace, write_run

GRAPH = "{steps: [{name: one, image: 'python:3.12-slim', script: 'sleep 600'}]}"
OPENED = re.compile(r"Forwarding from 127\.0\.0\.1:(\d+)")
Open = Callable[[str], Namespace]


@pytest.fixture(scope="module")
def busy(new_archived_namespace: Open) -> Namespace:
    """A namespace with two Runs that go on, and its archive."""
    namespace = new_archived_namespace("access")
    for name in ("ours", "theirs"):
        namespace.apply(write_run(name, GRAPH))
        namespace.wait_for_step(name, "one", "Running")
    namespace.wait("deployment/archive", "condition=Available")
    return namespace


@contextmanager
def forward(namespace: Namespace, port: int) -> Iterator[str]:
    """The address of a port of the archive."""
    command = ["kubectl", "port-forward", "deployment/archive", f":{port}", "--address=127.0.0.1"]
    flags = [f"--namespace={namespace.name}", f"--kubeconfig={namespace.cluster.kubeconfig}"]
    with subprocess.Popen([*command, *flags], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            opened = OPENED.match(process.stdout.readline())
            assert opened
            yield f"http://127.0.0.1:{opened[1]}"
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def service(busy: Namespace) -> Iterator[str]:
    """Where callers need a token."""
    with forward(busy, names.ARCHIVE_PORT) as url:
        yield url


@pytest.fixture(scope="module")
def local(busy: Namespace) -> Iterator[str]:
    """Where they need none."""
    with forward(busy, names.ARCHIVE_LOCAL_PORT) as url:
        yield url


def ask(url: str, token: str = "", method: str = "GET") -> tuple[int, Any]:
    """Code and JSON."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    address = urlsplit(url)
    with closing(http.client.HTTPConnection(address.netloc, timeout=30)) as connection:
        connection.request(method, address.path, headers=headers)
        answer = connection.getresponse()
        return answer.status, json.load(answer)


def request_token(namespace: Namespace, pod: dict[str, Any] | None = None) -> str:
    """A token of the namespace's service account: its own, or as the kubelet asks for it for a pod."""
    flags = []
    if pod:
        name, uid = pod["metadata"]["name"], pod["metadata"]["uid"]
        bound = ("--bound-object-kind=Pod", f"--bound-object-name={name}", f"--bound-object-uid={uid}")
        flags = [f"--audience={names.ARCHIVE_AUDIENCE}", *bound]
    return namespace.kubectl("create", "token", "default", *flags).strip()


def build_path(namespace: Namespace, run: str) -> str:
    """What the step of a Run alone may ask for."""
    uid = namespace.get(f"runs.longshore.dev/{run}")["metadata"]["uid"]
    return f"/v1/steps/{uid}/{quote('one')}/1/inputs"


def test_whoever_forwards_a_port_reads_and_no_more(busy: Namespace, local: str) -> None:
    code, page = ask(f"{local}/v1/runs")
    assert code == 200
    assert {run["name"] for run in page["items"]} == {"ours", "theirs"}
    assert ask(local + build_path(busy, "ours"))[0] == 401


def test_the_service_wants_a_token_that_is_good(service: str) -> None:
    assert ask(f"{service}/v1/runs")[0] == 401
    assert ask(f"{service}/v1/runs", "garbage")[0] == 401
    assert ask(f"{service}/v1/openapi.json")[0] == 200


def test_people_read_what_rbac_lets_them(busy: Namespace, service: str) -> None:
    token = request_token(busy)
    code, problem = ask(f"{service}/v1/runs", token)
    assert (code, "may not `get runs.longshore.dev`" in problem["detail"]) == (403, True)
    account = f"--serviceaccount={busy.name}:default"
    busy.kubectl("create", "role", "reader", "--verb=get", "--resource=runs.longshore.dev")
    busy.kubectl("create", "rolebinding", "reader", "--role=reader", account)
    other = request_token(busy)
    assert ask(f"{service}/v1/runs", other)[0] == 200


def test_a_step_reaches_its_own_alone(busy: Namespace, service: str) -> None:
    (ours,), (theirs,) = busy.get_pods("ours"), busy.get_pods("theirs")
    path = build_path(busy, "ours")
    assert ask(service + path, request_token(busy, theirs))[0] == 403
    code, problem = ask(service + path, request_token(busy, ours))
    assert (code, "step one declares no artifacts" in problem["detail"]) == (404, True)
    assert ask(f"{service}/v1/runs", request_token(busy, ours))[0] == 403


LATE = 15 * 60
"""Seconds ago that such a token was signed: the API server is lenient for a minute after its end."""


def sign(namespace: Namespace, token: str, issued: float) -> str:
    """The token as the cluster would have signed it then, for ten minutes."""
    _, claims, _ = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    said |= {"iat": int(issued), "nbf": int(issued), "exp": int(issued) + 600}
    return namespace.cluster.run(TOOL, "token", token, stdin=json.dumps(said)).strip()


def test_a_token_whose_time_is_over_reaches_nothing(busy: Namespace, service: str) -> None:
    (ours,), path = busy.get_pods("ours"), build_path(busy, "ours")
    bound = request_token(busy, ours)
    # Signed anew it is as good as before, so that it is the time alone that makes it bad.
    assert ask(service + path, sign(busy, bound, time.time()))[0] == ask(service + path, bound)[0] == 404
    assert ask(service + path, sign(busy, bound, time.time() - LATE))[0] == 401
    own = request_token(busy)
    assert ask(f"{service}/v1/runs", sign(busy, own, time.time() - LATE))[0] == 401


def test_a_token_of_a_pod_that_is_gone_reaches_nothing(busy: Namespace, service: str) -> None:
    busy.apply(write_run("brief", GRAPH))
    busy.wait_for_step("brief", "one", "Running")
    [pod] = busy.get_pods("brief")
    path, token = build_path(busy, "brief"), request_token(busy, pod)
    busy.kubectl("delete", "runs.longshore.dev", "brief", "--wait")
    busy.kubectl("wait", f"pod/{pod['metadata']['name']}", "--for=delete", "--timeout=60s")
    assert ask(service + path, token)[0] == 401


def test_a_pod_of_another_namespace_reaches_nothing(
    busy: Namespace, service: str, new_archived_namespace: Open
) -> None:
    other = new_archived_namespace("foreign")
    other.apply(write_run("ours", GRAPH))
    other.wait_for_step("ours", "one", "Running")
    (foreign,) = other.get_pods("ours")
    assert ask(service + build_path(busy, "ours"), request_token(other, foreign))[0] == 401
