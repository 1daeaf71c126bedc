"""The operator asks an archive for a pod that is gone: the token, as a real API server gives and reviews it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from longshore.archive.http.callers import READ_RUNS
from longshore.archive.http.guards import Guard
from longshore.archive.http.problems import ProblemError
from longshore.cluster.reviews import Reviews
from longshore.cluster.transports import Transport
from longshore.cluster.witnesses import Account, ArchiveWitness
from longshore.errors import UnavailableError
from support.api_server import ApiServer

OPERATOR = "operator"


@asynccontextmanager
async def run_archives(admin: Transport, account: Account) -> AsyncIterator[ArchiveWitness]:
    """An archive for each namespace, as the path says, that lets in whom it should; and the operator, who asks."""

    async def answer(request: web.Request) -> web.Response:
        guard = Guard(Reviews(admin, request.match_info["archive"]))
        try:
            await guard.check_right(request.headers["Authorization"].removeprefix("Bearer "), READ_RUNS)
        except ProblemError as error:
            return web.Response(status=401, text=str(error))
        return web.json_response({"metadata": {"name": request.match_info["pod"]}})

    app = web.Application()
    app.router.add_get("/{told}/{archive}/v1/pods/{pod}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/{{namespace}}"
    try:
        async with ArchiveWitness(admin, account, url + "/" + account.namespace) as witness:
            yield witness
    finally:
        await runner.cleanup()


@pytest.fixture
def account(api_server: ApiServer, namespace: str) -> Account:
    """The operator's service account, which may read Runs in its namespace."""
    user = f"system:serviceaccount:{namespace}:{OPERATOR}"
    rbac = "rbac.authorization.k8s.io"
    metadata = {"apiVersion": f"{rbac}/v1", "metadata": {"name": "runs", "namespace": namespace}}
    rule = {"apiGroups": ["longshore.dev"], "resources": ["runs"], "verbs": ["get"]}
    role = {"apiGroup": rbac, "kind": "Role", "name": "runs"}
    subject = {"apiGroup": rbac, "kind": "User", "name": user}
    api_server.kubectl("create", "serviceaccount", OPERATOR, "-n", namespace)
    for each in (
        {"kind": "Role", "rules": [rule]},
        {"kind": "RoleBinding", "roleRef": role, "subjects": [subject]},
    ):
        api_server.kubectl("create", "-f", "-", stdin=json.dumps(metadata | each))
    return Account(namespace, OPERATOR)


async def test_the_archive_that_is_asked_knows_the_operator(admin: Transport, account: Account) -> None:
    async with run_archives(admin, account) as witness:
        assert await witness.recall(account.namespace, "pod-1") == {"metadata": {"name": "pod-1"}}


async def test_a_token_that_another_archive_was_shown_is_good_for_nothing(
    admin: Transport, account: Account
) -> None:
    """Its namespace passes on what it was asked to the archive of this one."""
    async with run_archives(admin, account) as witness:
        with pytest.raises(UnavailableError, match="HTTP 401"):
            await witness.recall("theirs", "pod-1")
