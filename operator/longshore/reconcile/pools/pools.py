"""Owns how many steps each Agent runs and who waits for it, over all Runs: room that appears is given at once.

Must not decide to whom, nor write anything: it keeps count, and marks the Runs whose turn it is. What is free is
therefore room that nobody who waits could use. Nothing here outlives the process: after a start nobody starts
where room is scarce before all Runs of the namespace that had waited were planned, and their line is known.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from longshore import names
from longshore.planning.plans import CreatePod, Plan
from longshore.planning.pools.agents import AgentView, Demand
from longshore.planning.pools.pools import Place, PoolView, take_room
from longshore.planning.pools.turns import Pool, StepLimits, Ticket, Turn, build_ticket, find_free, plan_turns
from longshore.planning.runs.summaries import RunSummary
from longshore.reconcile.pools.ledgers import Account, Ledger, Share, count_waiting, is_counted, list_capacities
from longshore.reconcile.ports import Json
from longshore.reconcile.rollcalls import RollCall

Mark = Callable[[str], None]
"""Has the Run of a uid reconciled."""
OnWaits = Callable[[str], None]
"""Told a namespace where others wait for Agents than before."""


class Directory(Protocol):
    """Which Agents there are."""

    def views(self, namespace: str) -> Mapping[str, AgentView]:
        """The Agents of a namespace by name."""

    def listen(self, on_change: Callable[[str], None]) -> None:
        """Have a listener told of each namespace where an Agent came, went or changed."""


class TurnObserver(Protocol):
    """Told how fast turns are; must be quick, and must not raise."""

    def on_turn(self, seconds: float) -> None:
        """So long after there was room, the Run whose turn it is was planned."""


class Pools:
    """The pools of all namespaces."""

    def __init__(self, roll: RollCall, directory: Directory, limits: StepLimits, observer: TurnObserver) -> None:
        self._roll = roll
        self._directory = directory
        self._limits = limits
        self._observer = observer
        self._ledger = Ledger(limits)
        self._accounts: dict[str, Account] = {}
        """By namespace."""
        self._shares: dict[str, Share] = {}
        """By Run's uid."""
        self._served = 0
        self._mark: Mark = lambda _: None
        self._mark_soon: Mark = lambda _: None
        self._listeners: list[OnWaits] = []

    def start(self, mark: Mark, mark_soon: Mark) -> None:
        """Have `mark` called with the uid of a Run whose turn it is, `mark_soon` where it may wait for another."""
        self._mark, self._mark_soon = mark, mark_soon
        self._directory.listen(self._see_agents)

    def listen_waits(self, on_waits: OnWaits) -> None:
        """Have a listener told of each namespace where others wait than before; it must be quick."""
        self._listeners.append(on_waits)

    def view(self, uid: str, namespace: str) -> PoolView:
        """The Agents of its namespace as a Run sees them."""
        pool, share = self._find(namespace).pool, self._shares.get(uid)
        turns = {place: promise.agent for place, promise in share.promises.items()} if share else {}
        view = PoolView(pool.agents, pool.active, turns, *find_free(pool, self._limits, self._ledger.running))
        return view if self._roll.is_complete(namespace) else take_room(view)

    def tell(self, run: RunSummary, plan: Plan) -> None:
        """Take in what a Run is about to make and waits for, right after its plan: nothing may come between."""
        known, share = self._find(run.namespace), self._shares.setdefault(run.uid, Share(run.namespace))
        creates = [action for action in plan.actions if isinstance(action, CreatePod)]
        self._end_promises(known, share, {(made.path, made.attempt) for made in creates})
        self._ledger.reserve(known, share, [made.manifest for made in creates])
        self._wait(known, run.uid, {build_ticket(run, wait): wait.demand for wait in plan.waits})
        self._note(known, run.uid)

    def skip(self, uid: str) -> None:
        """The Run could not be planned: others have its turns, and it waits for nothing until it is."""
        share = self._shares.get(uid)
        known = self._find(share.namespace) if share else None
        if share and known:
            self._end_promises(known, share, ())
            self._wait(known, uid, {})
        self._note(known, uid)

    def forget(self, uid: str) -> None:
        """The Run has ended, or is gone: it makes no pods any more."""
        if share := self._shares.get(uid):
            self._ledger.reserve(self._find(share.namespace), share, ())
        self.skip(uid)
        if share := self._shares.pop(uid, None):
            self._drop(self._find(share.namespace))

    def see_pod(self, old: Json | None, new: Json | None) -> None:
        """A pod of a Run came, changed or went."""
        pod = new or old
        if pod is None or not is_counted(pod):
            return
        metadata = pod["metadata"]
        known, name = self._find(metadata["namespace"]), metadata["name"]
        if share := self._shares.get(metadata["labels"].get(names.RUN_UID_LABEL, "")):
            share.reserved.discard(name)
        if new is not None and new.get("status", {}).get("phase") not in names.POD_ENDS:
            self._ledger.enter(known, pod)
        else:
            self._ledger.leave(known, name)
        self._give(known)
        self._drop(known)

    def count_active(self, namespace: str) -> Counter[str]:
        """How many steps each Agent runs by its name, with those about to start."""
        known = self._accounts.get(namespace)
        return Counter(known.pods.values()) if known else Counter()

    def count_waiting(self, namespace: str, name: str) -> int:
        """How many attempts wait that an Agent may run."""
        known = self._accounts.get(namespace)
        return count_waiting(known.pool, name) if known else 0

    def count_all_active(self) -> Counter[tuple[str, str]]:
        """How many steps each Agent runs, by namespace and name."""
        return Counter((known.name, agent) for known in self._accounts.values() for agent in known.pods.values())

    def list_capacities(self) -> dict[tuple[str, str], int]:
        """How many steps each Agent runs at once at most, by namespace and name, where it says so."""
        return dict(list_capacities(self._accounts.values()))

    def _end_promises(self, known: Account, share: Share, made: Collection[Place]) -> None:
        for seconds in self._ledger.end_promises(known, share, made):
            self._observer.on_turn(seconds)

    def _wait(self, known: Account, uid: str, waits: Mapping[Ticket, Demand]) -> None:
        if known.pool.line.put(uid, waits):
            for on_waits in self._listeners:
                on_waits(known.name)

    # Whose turn it is.

    def _note(self, known: Account | None, uid: str) -> None:
        """A Run was looked at: with the last of a namespace, all are known who wait there."""
        if namespace := self._roll.note(uid):
            known = self._find(namespace)
            known.has_room = True
        if known is not None:
            self._give(known)

    def _see_agents(self, namespace: str) -> None:
        """Other Agents may have room for those who wait, who else are to say what they wait for now."""
        known = self._find(namespace)
        known.pool.agents = self._directory.views(namespace)
        known.has_room = True
        self._give(known)
        for uid in known.pool.line.runs:
            self._mark_soon(uid)
        self._drop(known)

    def _give(self, known: Account) -> None:
        """Give room away that has appeared: where the cluster had none, to any namespace."""
        if not known.has_room:
            return
        others = self._accounts.values() if self._ledger.take_fullness() else [known]
        known.has_room = False
        pools = {
            other.name: other.pool
            for other in others
            if other.pool.line.queues and self._roll.is_complete(other.name)
        }
        for turn in list(plan_turns(pools, self._limits, self._ledger.running)):
            self._promise(turn)

    def _promise(self, turn: Turn) -> None:
        known, ticket = self._accounts[turn.namespace], turn.ticket
        self._served += 1
        known.pool.served = self._served
        known.pool.line.take(ticket)
        self._ledger.promise(known, self._shares[ticket.uid], turn)
        self._mark(ticket.uid)

    def _find(self, namespace: str) -> Account:
        known = self._accounts.get(namespace)
        if known is None:
            pool = Pool(self._directory.views(namespace))
            known = self._accounts[namespace] = Account(namespace, pool)
        return known

    def _drop(self, known: Account) -> None:
        """Forget a namespace where nothing runs or waits, and that has no Agent: it is gone."""
        if known.pods or self._directory.views(known.name):
            return
        if not any(share.namespace == known.name for share in self._shares.values()):
            self._accounts.pop(known.name, None)
