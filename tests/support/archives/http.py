"""The archive's HTTP interface over real sockets, with a cluster whose tokens, rights and pods the test says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from fastapi import APIRouter
from longshore import names
from longshore.archive.http.app import build_app
from longshore.archive.http.bindings import POD_NAME, POD_UID
from longshore.archive.http.guards import Guard
from longshore.archive.http.servers import serve
from longshore.archive.places import AttemptKey
from longshore.archive.settings import ArchiveSettings
from longshore.cluster.reviews import Identity, Right
from longshore.errors import ClusterError, UnavailableError
from longshore.manifests.attempts import Attempt
from support.tokens import build_token

Json = dict[str, Any]


@dataclass
class FakeReviewer:
    """A cluster: who has which token, who may do what, and the pods of the namespace."""

    tokens: dict[tuple[str, str], Identity] = field(default_factory=dict)
    """By token and audience."""
    rights: set[tuple[str, str]] = field(default_factory=set)
    """User and right, as it is written."""
    pods: dict[str, Json] = field(default_factory=dict)
    failure: ClusterError | None = None
    audience: str = names.build_archive_audience("n")
    asked: list[str] = field(default_factory=list)
    """What was asked, in order."""

    def add_person(self, user: str, *rights: str, token: str = "") -> str:
        """Somebody who may do this; answers the token."""
        token = token or f"token-of-{user}"
        self.tokens[token, ""] = Identity(user, groups=("people",))
        self.rights |= {(user, right) for right in rights}
        return token

    def add_step(self, key: AttemptKey) -> str:
        """The pod of an attempt; answers its token."""
        pod = build_step_pod(key)
        self.pods[pod["metadata"]["name"]] = pod
        return self.bind(pod)

    def bind(self, pod: Json) -> str:
        """A token for the archive, bound to a pod that need not be there."""
        name, uid = pod["metadata"]["name"], pod["metadata"]["uid"]
        token = build_token({"aud": [names.ARCHIVE_AUDIENCE], "pod": [name, uid]})
        extra = {POD_NAME: [name], POD_UID: [uid]}
        self.tokens[token, names.ARCHIVE_AUDIENCE] = Identity("system:serviceaccount:n:default", extra=extra)
        return token

    async def identify(self, token: str, audience: str = "") -> Identity | None:
        """Who it is of."""
        self._hear("identify")
        return self.tokens.get((token, audience))

    async def has_right(self, identity: Identity, right: Right) -> bool:
        """Whether it was said that they may."""
        self._hear("has_right")
        return (identity.user, str(right)) in self.rights

    async def find_pod(self, name: str) -> Json | None:
        """The pod."""
        self._hear("find_pod")
        return self.pods.get(name)

    def break_down(self) -> None:
        """Answer nothing from now on."""
        self.failure = UnavailableError("no answer")

    def _hear(self, question: str) -> None:
        self.asked.append(question)
        if self.failure:
            raise self.failure


def build_step_pod(key: AttemptKey) -> Json:
    """The pod of an attempt, which runs, as the API server has it."""
    attempt = Attempt("n", "run", key.run_uid, "", key.step, key.number)
    metadata = attempt.build_metadata()
    return {"metadata": metadata | {"uid": f"uid-of-{attempt.pod}"}, "status": {"phase": "Running"}}


@dataclass(frozen=True, slots=True)
class Site:
    """The archive's two addresses, and a session to ask them by."""

    session: aiohttp.ClientSession
    service: str
    local: str

    async def ask(self, path: str, token: str = "", **options: Any) -> tuple[int, Any]:
        """GET by the Service: code and JSON, or text."""
        return await self.send("GET", self.service + path, token, **options)

    async def ask_locally(self, path: str, **options: Any) -> tuple[int, Any]:
        """GET through a forwarded port: code and JSON, or text."""
        return await self.send("GET", self.local + path, **options)

    async def send(self, method: str, url: str, token: str = "", **options: Any) -> tuple[int, Any]:
        """Any request: code and JSON, or text."""
        headers = options.pop("headers", {}) | ({"Authorization": f"Bearer {token}"} if token else {})
        async with self.session.request(method, url, headers=headers, **options) as response:
            is_json = response.content_type.endswith("json")
            return response.status, await (response.json(content_type=None) if is_json else response.text())


@asynccontextmanager
async def run_site(*routers: APIRouter, reviewer: FakeReviewer | None = None) -> AsyncIterator[Site]:
    """Serve these routes on free ports."""
    settings = ArchiveSettings(namespace="n", host="127.0.0.1", port=0, local_port=0)
    app = build_app(routers, Guard(reviewer or FakeReviewer()))
    async with serve(app, settings) as (service, local), aiohttp.ClientSession() as session:
        yield Site(session, f"http://127.0.0.1:{service}", f"http://127.0.0.1:{local}")
