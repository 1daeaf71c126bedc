"""Owns what the calls of a Run under way are making, and that turns which come meanwhile are used at once.

A call takes the API server tens of milliseconds, and the Run that is first in line for a place is as a rule the
one that has just made a pod. So a pod that is being made counts as made, as kube-scheduler takes a pod for bound
while the binding is on its way, and nobody waits for the answer. Must not decide what is made.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic

from longshore.planning.observations import Refusal
from longshore.planning.plans import Action, CreateClaim, CreatePod, CreateRun

LONGEST = 1.0
"""Seconds in which a round takes turns once its own calls are answered: what is recorded next is late by that."""
Refusals = dict[str, Refusal]
Calls = Coroutine[None, None, Refusals]
"""Calls to be awaited, which make pods; returns what was refused."""
Use = Callable[[str], Calls | None]
"""Plans a Run that has a turn; returns the calls that follow from it."""


@dataclass(slots=True)
class Flight:
    """A Run's calls of one round."""

    making: dict[str, CreatePod] = field(default_factory=dict)
    """By name, pods that were asked for, without an answer yet."""
    uses: list[asyncio.Task[Refusals]] = field(default_factory=list)
    """The calls for turns that came since the round's own were sent."""
    settles_since: float | None = None
    """Since when it waits for nothing but those; None: its own calls are under way."""
    is_closed: bool = False
    """Whether more than pods is on its way, which a plan would not know of, or the round has failed."""

    @property
    def is_long(self) -> bool:
        """Whether turns are for the next round: else none would come where places get free all the time."""
        return self.settles_since is not None and monotonic() > self.settles_since + LONGEST

    async def settle(self) -> Refusals:
        """Await the answers to what turns were used for; returns what was refused. Raises ClusterError."""
        refusals: Refusals = {}
        settled = 0
        self.settles_since = monotonic()
        while uses := self.uses[settled:]:
            settled += len(uses)
            for result in await asyncio.gather(*uses, return_exceptions=True):
                if isinstance(result, BaseException):
                    raise result
                refusals |= result
        self.settles_since = None
        return refusals


class Flights:
    """The flights of all Runs, by uid; a Run has one while its own calls are under way."""

    def __init__(self, use: Use) -> None:
        self._use = use
        self._flights: dict[str, Flight] = {}
        self._turns: set[str] = set()

    def give_turn(self, uid: str) -> None:
        """A Run has a turn: it is planned in a moment where its calls are under way, else in its next round."""
        if uid in self._flights and uid not in self._turns:
            self._turns.add(uid)
            asyncio.get_running_loop().call_soon(self._use_turn, uid)

    @asynccontextmanager
    async def open(self, uid: str) -> AsyncIterator[Flight]:
        """Within, turns of a Run are used at once; at the end nothing is under way any more."""
        flight = self._flights[uid] = Flight()
        try:
            yield flight
        except asyncio.CancelledError:
            for task in flight.uses:
                task.cancel()
            raise
        finally:
            # Every call comes to its end before an error is told: none is left half done.
            flight.is_closed = True
            await asyncio.gather(*flight.uses, return_exceptions=True)
            del self._flights[uid]

    def fly(self, uid: str, actions: Sequence[Action], calls: Calls) -> Calls:
        """The pods of these count as made from now on, until the calls that make them are answered.

        Claims and child Runs do not: what is planned without them would mount what is not there, or take a slot
        that is taken. So with any on their way, turns are for the next round.
        """
        flight = self._flights[uid]
        flight.is_closed |= any(isinstance(action, CreateClaim | CreateRun) for action in actions)
        made = {action.name: action for action in actions if isinstance(action, CreatePod)}
        making = flight.making
        making |= made

        async def land() -> Refusals:
            try:
                return await calls
            finally:
                for name in made:
                    del making[name]

        return land()

    def list_making(self, uid: str) -> Mapping[str, CreatePod]:
        """The pods that a Run's calls are making."""
        flight = self._flights.get(uid)
        return flight.making if flight else {}

    def _use_turn(self, uid: str) -> None:
        self._turns.discard(uid)
        flight = self._flights.get(uid)
        if flight is None or flight.is_closed or flight.is_long or (calls := self._use(uid)) is None:
            return
        flight.uses.append(asyncio.get_running_loop().create_task(calls))
