"""Ports of the reconcilers that refuse nothing: they have nothing to say, or keep what they are told."""

from longshore.api.runs import Run
from longshore.planning.groups.groups import GroupView
from longshore.planning.observations import ArchiveUse
from longshore.planning.plans import Notice, Plan
from longshore.planning.pools.pools import PoolView
from longshore.planning.runs.summaries import RunSummary
from support.objects import NAMESPACE, Json


class FakeRooms:
    """Room for every step, on the one Agent that there is."""

    def view(self, uid: str, namespace: str) -> PoolView:
        """Anybody may start."""
        del uid, namespace
        return PoolView()

    def tell(self, run: RunSummary, plan: Plan) -> None:
        """Nobody waits."""

    def skip(self, uid: str) -> None:
        """Nothing is known of it."""

    def forget(self, uid: str) -> None:
        """Nothing is known of it."""


class FakeUses:
    """No namespace has an archive, or each has, as `use` says."""

    def __init__(self) -> None:
        self.use: ArchiveUse | None = None

    def find(self, namespace: str) -> ArchiveUse | None:
        """As it was said."""
        assert namespace == NAMESPACE
        return self.use

    def is_known(self, namespace: str) -> bool:
        """Nothing is to be found out."""
        assert namespace == NAMESPACE
        return True

    async def learn(self, namespace: str) -> None:
        """Nothing is to be found out."""
        assert namespace == NAMESPACE


class FakeBuiltIns:
    """Keeps the Runs that it was asked for."""

    def __init__(self) -> None:
        self.runs: list[str] = []

    async def ensure(self, run: Json) -> None:
        """Keep its name."""
        self.runs.append(run["metadata"]["name"])


class Announced:
    """Keeps what is announced."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    async def announce(self, obj: Json, notice: Notice) -> None:
        """Keep it."""
        assert obj["metadata"]["uid"]
        self.notices.append(notice)


class Observed:
    """Keeps what is told."""

    def __init__(self) -> None:
        self.edges: list[float] = []
        self.finished: list[str] = []

    def on_edge(self, seconds: float) -> None:
        """Keep it."""
        self.edges.append(seconds)

    def on_handover(self, seconds: float) -> None:
        """Not looked at."""

    def on_finished(self, namespace: str, phase: str) -> None:
        """Keep the phase."""
        assert namespace == NAMESPACE
        self.finished.append(phase)


class FakePlaces:
    """A namespace without groups."""

    def find_views(self, namespace: str) -> dict[str, GroupView]:
        """None."""
        del namespace
        return {}

    def tell(self, run: Run, plan: Plan) -> None:
        """Nobody waits for a group."""

    def take_handover(self, uid: str) -> None:
        """Nobody gave a place to anybody."""

    def forget(self, uid: str) -> None:
        """Nothing was known."""
