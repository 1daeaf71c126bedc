"""Decides who may do what, by the API server's word, which holds for some seconds. Knows nothing of HTTP requests.

Whatever can't be found out is a refusal.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from longshore.archive.http.bindings import has_ended, list_attempts, read_binding
from longshore.archive.http.problems import ProblemError
from longshore.archive.http.tokens import LONGEST, build_key, read_claims
from longshore.archive.http.verdicts import Verdicts
from longshore.archive.places import AttemptKey
from longshore.cluster.reviews import Identity, Right
from longshore.errors import ClusterError
from longshore.names import ARCHIVE_AUDIENCE

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")
GRANTED_SECONDS = 30
REFUSED_SECONDS = 5
REVIEW_SECONDS = 10
SEND_TOKEN = {"WWW-Authenticate": "Bearer"}


class Reviewer(Protocol):
    """What the API server is asked. Raises ClusterError where it can't say."""

    @property
    def audience(self) -> str:
        """Of tokens that are good for the archive of this namespace alone: who sees one can't use it elsewhere."""

    async def identify(self, token: str, audience: str = "") -> Identity | None:
        """Who a token is of."""

    async def has_right(self, identity: Identity, right: Right) -> bool:
        """Whether somebody may do something in this namespace."""

    async def find_pod(self, name: str) -> dict[str, Any] | None:
        """A pod of this namespace."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, or something, with an identity in the cluster."""

    identity: Identity


@dataclass(frozen=True, slots=True)
class StepCaller:
    """The pod of a step, or of several that share it."""

    pod: str
    attempts: tuple[AttemptKey, ...]


@dataclass(frozen=True, slots=True)
class LocalCaller:
    """Whoever could forward a port to this pod."""


Caller = Person | StepCaller | LocalCaller


class Guard:
    """Knows callers by their tokens. The clock gives seconds since 1970."""

    def __init__(self, reviewer: Reviewer, clock: Callable[[], float] = time.time) -> None:
        self._reviewer = reviewer
        self._clock = clock
        self._callers: Verdicts[str, Person | StepCaller] = Verdicts(clock)
        self._rights: Verdicts[tuple[str, Right], bool] = Verdicts(clock)

    async def identify(self, token: str) -> Person | StepCaller:
        """Whose token it is. Raises ProblemError 401, or 503 where the API server can't say."""
        if not token or len(token) > LONGEST:
            raise ProblemError(401, "send `Authorization: Bearer <token of the cluster>`", SEND_TOKEN)
        key = build_key(token)
        if known := self._callers.get(key):
            return known
        claims = read_claims(token)
        is_bound = ARCHIVE_AUDIENCE in claims.audiences
        own = self._reviewer.audience
        audience = own if own in claims.audiences else ""
        question = self._identify_pod(token) if is_bound else self._identify_person(token, audience)
        caller: Person | StepCaller = await _ask(question)
        self._callers.put(key, caller, min(self._clock() + GRANTED_SECONDS, claims.expires))
        return caller

    async def check_right(self, token: str, right: Right) -> Person:
        """The person of the token, who has the right. Raises ProblemError 401, 403 or 503."""
        caller = await self.identify(token)
        if not isinstance(caller, Person):
            raise ProblemError(403, "a step's token opens only what is below /v1/steps for that step")
        key = (build_key(token), right)
        is_granted = self._rights.get(key)
        if is_granted is None:
            is_granted = await _ask(self._reviewer.has_right(caller.identity, right))
            holds = GRANTED_SECONDS if is_granted else REFUSED_SECONDS
            self._rights.put(key, is_granted, self._clock() + holds)
        if not is_granted:
            raise ProblemError(
                403, f"{caller.identity.user} may not `{right}` in this namespace; a Role can grant it"
            )
        return caller

    async def check_step(self, token: str, key: AttemptKey) -> StepCaller:
        """The pod of the token, which carries this attempt. Raises ProblemError 401, 403 or 503."""
        caller = await self.identify(token)
        if not isinstance(caller, StepCaller) or key not in caller.attempts:
            raise ProblemError(403, f"only the pod of attempt {key.number} of step {key.step} may do this")
        return caller

    async def _identify_person(self, token: str, audience: str) -> Person:
        identity = await self._reviewer.identify(token, audience)
        if identity is None:
            raise ProblemError(401, "the token is not, or no longer, good; get a new one", SEND_TOKEN)
        return Person(identity)

    async def _identify_pod(self, token: str) -> StepCaller:
        identity = await self._reviewer.identify(token, ARCHIVE_AUDIENCE)
        binding = read_binding(identity.extra) if identity else None
        if binding is None:
            raise ProblemError(401, "the token is not, or no longer, good, or is bound to no pod", SEND_TOKEN)
        pod = await self._reviewer.find_pod(binding.name)
        # Another namespace may have a pod of that name; its uid is its own.
        if pod is None or pod["metadata"]["uid"] != binding.uid:
            raise ProblemError(401, "the token's pod is not in this namespace, or no longer", SEND_TOKEN)
        attempts = list_attempts(pod)
        if not attempts or has_ended(pod, self._clock()):
            raise ProblemError(401, "the token's pod is of no step that runs", SEND_TOKEN)
        return StepCaller(binding.name, attempts)


async def _ask(question: Awaitable[Answer]) -> Answer:
    """The API server's answer. Raises ProblemError 503 where there is none in time."""
    try:
        async with asyncio.timeout(REVIEW_SECONDS):
            return await question
    except (ClusterError, TimeoutError) as error:
        logger.warning("a caller could not be reviewed: %s: %s", type(error).__name__, error)
        raise ProblemError(503, "the API server could not say who you are; try again soon") from None
