"""Who is let into the archive, as a real API server says: tokens bound to pods, people, and wrong ones."""

import base64
import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from longshore import names
from longshore.archive.http.callers import READ_LOGS, READ_RUNS
from longshore.archive.http.guards import Guard
from longshore.archive.http.problems import ProblemError
from longshore.archive.places import AttemptKey
from longshore.cluster.reviews import Reviews
from longshore.cluster.transports import Transport
from longshore.manifests.attempts import Attempt
from support.api_server import ApiServer

RUN_UID = "0b7e0000-0000-4000-8000-000000000001"
RBAC = "rbac.authorization.k8s.io"
KEY = AttemptKey(RUN_UID, "test[0]", 2)


class Cluster:
    """A namespace with pods of steps, and the tokens that they would have."""

    def __init__(self, server: ApiServer, namespace: str) -> None:
        self.server, self.namespace = server, namespace
        server.kubectl("create", "serviceaccount", "default", "-n", namespace)

    def add_pod(self, key: AttemptKey) -> dict[str, Any]:
        """The pod of an attempt."""
        metadata = Attempt(self.namespace, "run", key.run_uid, "", key.step, key.number).build_metadata()
        container = {"name": "step", "image": "none"}
        spec = {"schedulerName": "none", "serviceAccountName": "default", "containers": [container]}
        pod = json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
        created: dict[str, Any] = json.loads(self.server.kubectl("create", "-o", "json", "-f", "-", stdin=pod))
        return created

    def find_pod(self, key: AttemptKey) -> dict[str, Any]:
        """The pod of an attempt that was added before."""
        name = names.build_pod_name("run", key.run_uid, key.step, key.number)
        found: dict[str, Any] = json.loads(
            self.server.kubectl("get", "pod", name, "-n", self.namespace, "-o", "json")
        )
        return found

    def request_token(self, pod: dict[str, Any] | None = None, audience: str = names.ARCHIVE_AUDIENCE) -> str:
        """A token of the API server for a service account, bound to a pod as the kubelet has them bound."""
        flags = {"audience": audience}
        if pod:
            flags |= {"bound-object-kind": "Pod", "bound-object-name": pod["metadata"]["name"]}
            flags["bound-object-uid"] = pod["metadata"]["uid"]
        bound = [f"--{name}={value}" for name, value in flags.items() if value]
        return self.server.kubectl("create", "token", "default", "-n", self.namespace, *bound).strip()

    def sign(self, pod: dict[str, Any], *, expires_in: float) -> str:
        """The same, signed here, since no token can be asked for that is over soon."""
        account = json.loads(
            self.server.kubectl("get", "serviceaccount", "default", "-n", self.namespace, "-o", "json")
        )
        now = int(time.time())
        claims = {
            "iss": "https://kubernetes.default.svc",
            "aud": [names.ARCHIVE_AUDIENCE],
            "iat": now - 3600,
            "nbf": now - 3600,
            "exp": int(now + expires_in),
            "sub": f"system:serviceaccount:{self.namespace}:default",
            "kubernetes.io": {
                "namespace": self.namespace,
                "serviceaccount": {"name": "default", "uid": account["metadata"]["uid"]},
                "pod": {"name": pod["metadata"]["name"], "uid": pod["metadata"]["uid"]},
            },
        }
        unsigned = f"{encode({'alg': 'RS256', 'typ': 'JWT'})}.{encode(claims)}"
        return f"{unsigned}.{sign(unsigned, self.server.folder / 'sa.key')}"

    def delete(self, pod: dict[str, Any]) -> None:
        """Delete a pod at once."""
        self.server.kubectl(
            "delete", "pod", pod["metadata"]["name"], "-n", self.namespace, "--force", "--grace-period=0"
        )

    def grant(self, user: str, resource: str, group: str = "") -> None:
        """Let somebody get objects of a kind in the namespace."""
        name = f"{user}-{resource.replace('/', '-')}"
        kind = {"apiVersion": f"{RBAC}/v1", "metadata": {"name": name, "namespace": self.namespace}}
        rule = {"apiGroups": [group], "resources": [resource], "verbs": ["get"]}
        role = {"apiGroup": RBAC, "kind": "Role", "name": name}
        subject = {"apiGroup": RBAC, "kind": "User", "name": user}
        for each in (
            kind | {"kind": "Role", "rules": [rule]},
            kind | {"kind": "RoleBinding", "roleRef": role, "subjects": [subject]},
        ):
            self.server.kubectl("create", "-f", "-", stdin=json.dumps(each))

    def read_token(self, user: str) -> str:
        """The token of one of the users of the API server."""
        rows = (self.server.folder / "tokens.csv").read_text().splitlines()
        return next(token for token, name, *_ in (row.split(",") for row in rows) if name == user)


def encode(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def sign(text: str, key: Path) -> str:
    command: list[str | Path] = ["openssl", "dgst", "-sha256", "-sign", key]
    signature = subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout
    return base64.urlsafe_b64encode(signature).decode().rstrip("=")


@pytest.fixture
def cluster(api_server: ApiServer, namespace: str) -> Cluster:
    return Cluster(api_server, namespace)


@pytest.fixture
def guard(admin: Transport, namespace: str) -> Guard:
    return Guard(Reviews(admin, namespace))


async def is_refused(guard: Guard, token: str, key: AttemptKey = KEY) -> int:
    with pytest.raises(ProblemError) as caught:
        await guard.check_step(token, key)
    return caught.value.status


async def test_the_pod_of_the_attempt(cluster: Cluster, guard: Guard) -> None:
    token = cluster.request_token(cluster.add_pod(KEY))
    assert (await guard.check_step(token, KEY)).attempts == (KEY,)


@pytest.mark.parametrize("other", [AttemptKey(RUN_UID, "other", 2), AttemptKey(RUN_UID, "test[0]", 1)])
async def test_another_pod(cluster: Cluster, guard: Guard, other: AttemptKey) -> None:
    assert await is_refused(guard, cluster.request_token(cluster.add_pod(other))) == 403


async def test_a_token_that_is_over(cluster: Cluster, guard: Guard) -> None:
    pod = cluster.add_pod(KEY)
    await guard.check_step(cluster.sign(pod, expires_in=600), KEY)
    assert await is_refused(guard, cluster.sign(pod, expires_in=-60)) == 401


async def test_a_pod_that_is_gone(cluster: Cluster, guard: Guard) -> None:
    pod = cluster.add_pod(KEY)
    token = cluster.request_token(pod)
    cluster.delete(pod)
    assert await is_refused(guard, token) == 401
    # A pod of the same name is another one.
    cluster.add_pod(KEY)
    assert await is_refused(guard, token) == 401


async def test_a_pod_of_another_namespace(cluster: Cluster, guard: Guard, api_server: ApiServer) -> None:
    other = f"{cluster.namespace}-b"
    api_server.kubectl("create", "namespace", other)
    foreign = Cluster(api_server, other)
    assert await is_refused(guard, foreign.request_token(foreign.add_pod(KEY))) == 401
    # Also where there is one of the same name here.
    cluster.add_pod(KEY)
    assert await is_refused(guard, foreign.sign(foreign.find_pod(KEY), expires_in=600)) == 401


async def test_tokens_for_others(cluster: Cluster, guard: Guard) -> None:
    pod = cluster.add_pod(KEY)
    assert await is_refused(guard, cluster.request_token(pod, audience="")) == 403
    assert await is_refused(guard, cluster.request_token(pod, audience="vault")) == 401
    assert await is_refused(guard, cluster.request_token()) == 401
    assert await is_refused(guard, "garbage") == 401
    assert await is_refused(guard, "") == 401


async def test_people(cluster: Cluster, admin: Transport, namespace: str) -> None:
    alice, bob = cluster.read_token("alice"), cluster.read_token("bob")
    cluster.grant("alice", "runs", "longshore.dev")
    cluster.grant("bob", "pods/log")
    for token, right, is_granted in (
        (alice, READ_RUNS, True),
        (alice, READ_LOGS, False),
        (bob, READ_RUNS, False),
        (bob, READ_LOGS, True),
    ):
        guard = Guard(Reviews(admin, namespace))
        if is_granted:
            await guard.check_right(token, right)
        else:
            with pytest.raises(ProblemError, match="may not"):
                await guard.check_right(token, right)


async def test_a_service_account_is_a_person(cluster: Cluster, guard: Guard) -> None:
    cluster.grant(f"system:serviceaccount:{cluster.namespace}:default", "pods/log")
    caller = await guard.check_right(cluster.request_token(audience=""), READ_LOGS)
    assert caller.identity.user == f"system:serviceaccount:{cluster.namespace}:default"
