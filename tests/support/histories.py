"""Every version of the Runs of a namespace, as a watch tells them, and whether they only went forward."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from itertools import pairwise

from longshore.cluster.calls import Selection, WatchTimeouts
from longshore.cluster.resources import RUNS, Object
from longshore.cluster.transports import Transport
from longshore.errors import ThrottledError
from support.conditions import PATIENCE
from support.tasks import beside

ENDS = {"Succeeded", "Failed", "Canceled"}
RUN_ORDER = {"": 0, "Queued": 1, "Running": 2}
STEP_ORDER = {"Pending": 0, "Running": 1}
END = 9


class History:
    """What was seen of each Run, by name; the last is the newest."""

    def __init__(self, transport: Transport, namespace: str) -> None:
        self.versions: defaultdict[str, list[Object]] = defaultdict(list)
        self.deleted: set[str] = set()
        self._transport = transport
        self._namespace = namespace
        self._news = asyncio.Condition()

    async def follow(self) -> None:
        """Take in all that happens, until cancelled."""
        selection = Selection(self._namespace)
        version = (await self._transport.list(RUNS, selection)).version
        while True:
            with suppress(ThrottledError):  # a CRD that was just installed
                async with self._transport.watch(RUNS, selection, version, WatchTimeouts()) as events:
                    async for event in events:
                        version = int(event["object"]["metadata"]["resourceVersion"])
                        await self._take(event)
            await asyncio.sleep(0.1)

    async def wait(self, name: str, holds: Callable[[Object], bool], seconds: float = PATIENCE) -> Object:
        """The first status from now on for which `holds`, the present one included. Raises TimeoutError."""
        async with asyncio.timeout(seconds), self._news:
            while not (self.versions[name] and holds(read_status(self.versions[name][-1]))):
                await self._news.wait()
        return read_status(self.versions[name][-1])

    def check(self) -> None:
        """Fails where a status went back, or an end changed."""
        for versions in self.versions.values():
            for old, new in pairwise(versions):
                if old["metadata"]["uid"] == new["metadata"]["uid"]:
                    check_forward(read_status(old), read_status(new))

    async def _take(self, event: Object) -> None:
        if event["type"] == "BOOKMARK":
            return
        name = event["object"]["metadata"]["name"]
        async with self._news:
            if event["type"] == "DELETED":
                self.deleted.add(name)
            self.versions[name].append(event["object"])
            self._news.notify_all()


def read_status(run: Object) -> Object:
    """The Run's status; empty where it has none yet."""
    status: Object = run.get("status", {})
    return status


def has_finished(status: Object) -> bool:
    """Whether the Run has ended."""
    return status.get("phase") in ENDS


def check_forward(old: Object, new: Object) -> None:
    """Fails where the Run or a step of it goes back: order is (attempt, phase), and an end stays as it is."""
    assert rank_run(new) >= rank_run(old), f"{old} became {new}"
    for name, before in old.get("steps", {}).items():
        after = new["steps"][name]
        assert rank_step(after) >= rank_step(before), f"{name}: {before} became {after}"
        if rank_step(after) == rank_step(before) and rank_step(before)[1] == END:
            assert after == before, f"the end of {name} changed: {before} became {after}"


def rank_run(status: Object) -> int:
    """How far a Run is."""
    return RUN_ORDER.get(status.get("phase", ""), END)


def rank_step(status: Object) -> tuple[int, int]:
    """How far a step is."""
    return status["attempt"], STEP_ORDER.get(status["phase"], END)


@asynccontextmanager
async def follow_runs(transport: Transport, namespace: str) -> AsyncIterator[History]:
    """The history of a namespace from here on; checked in the end."""
    history = History(transport, namespace)
    async with beside(history.follow()):
        yield history
    history.check()
