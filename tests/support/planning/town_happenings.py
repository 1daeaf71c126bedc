"""What may happen in a town: to one of its Runs, to what they share, to their operator. Drawn at random by tests.

Each happening is a function of the town and a number, which picks whom it happens to.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from longshore.planning.pools.agents import AgentView
from support.planning import happenings, wishes
from support.planning.happenings import Happening
from support.planning.towns import Tenant, Town

TownHappening = Callable[[Town, int], object]
NOWHERE: frozenset[frozenset[str]] = frozenset()
ORDERS = ("FIFO", "Priority")
WHEN_FULL = ("Queue", "Replace", "ReplaceQueued", "Reject")
SECONDS = (0, 1, 5, 30, 700)


def _befall(happening: Happening) -> TownHappening:
    """It happens to one of the Runs, and the watch will tell."""

    def befall(town: Town, number: int) -> None:
        if tenant := _pick(town, number):
            happening(tenant, number // 7)
            town.mark(tenant.uid)
            town.note(tenant)

    befall.__name__ = happening.__name__
    return befall


def _pick(town: Town, number: int) -> Tenant | None:
    live = [tenant for tenant in town.tenants.values() if not tenant.is_over]
    return live[number % len(live)] if live else None


start, succeed, fail, evict, delete, obey, cancel, suspend = map(
    _befall,
    (
        happenings.start,
        happenings.succeed,
        happenings.fail,
        happenings.evict,
        happenings.delete_by_hand,
        happenings.obey,
        happenings.cancel,
        wishes.suspend,
    ),
)


def prefer(town: Town, number: int) -> None:
    """Someone changes a Run's priority."""
    if tenant := _pick(town, number):
        spec = tenant.run.spec.model_copy(update={"priority": number // 7 % 3})
        tenant.run = tenant.run.model_copy(update={"spec": spec})
        town.mark(tenant.uid)


def see(town: Town, _: int) -> None:
    """The watch tells of a change."""
    town.see()


def reconcile(town: Town, number: int) -> None:
    """The operator looks at one of the Runs that are to be looked at."""
    if town.marked:
        town.reconcile(list(town.marked)[number % len(town.marked)])


def settle(town: Town, _: int) -> None:
    """The operator does all that there is to do."""
    town.settle()


def crash(town: Town, number: int) -> None:
    """The operator dies in the midst of its calls: those whose bit is set arrive."""
    if tenant := _pick(town, number):
        town.crash(tenant.uid, lambda index: bool(number >> (index % 7) & 1))


def lose_status(town: Town, number: int) -> None:
    """The operator dies after all its calls, before it writes the status."""
    if tenant := _pick(town, number):
        town.crash(tenant.uid, lambda _: True)


def restart(town: Town, number: int) -> None:
    """Another operator takes over."""
    town.restart(number)


def let_time_pass(town: Town, number: int) -> None:
    """Time passes."""
    town.wait(SECONDS[number % len(SECONDS)])


def toggle(town: Town, number: int) -> None:
    """Someone disables an Agent, or enables it."""
    _change(town, number, lambda agent: {"enabled": not agent.spec.enabled})


def drain(town: Town, number: int) -> None:
    """Someone drains an Agent, or takes that back."""
    _change(town, number, lambda agent: {"drain": not agent.spec.drain})


def resize(town: Town, number: int) -> None:
    """Someone gives an Agent another capacity, which may be less than it runs."""
    _change(town, number, lambda _: {"capacity": number // 7 % 4 or None})


def lose_nodes(town: Town, number: int) -> None:
    """All nodes of an Agent go, or take pods again."""
    namespace, agent = _pick_agent(town, number)
    ready = None if agent.ready_tags == NOWHERE else NOWHERE
    town.directory.change(namespace, replace(agent, ready_tags=ready))


def regroup(town: Town, number: int) -> None:
    """Someone changes a group: its limit, its order, or what happens when it is full."""
    groups = list(town.groups.values())[number % len(town.groups)]
    for name in groups.groups:
        order, when_full = ORDERS[number // 7 % 2], WHEN_FULL[number // 3 % 4]
        groups.change(name, limit=number // 5 % 3, order=order, whenFull=when_full)


def group(town: Town, _: int) -> None:
    """The operator looks at the groups."""
    town.reconcile_groups()


def _change(town: Town, number: int, fields: Callable[[AgentView], dict[str, Any]]) -> None:
    namespace, agent = _pick_agent(town, number)
    spec = agent.spec.model_copy(update=fields(agent))
    town.directory.change(namespace, replace(agent, spec=spec))


def _pick_agent(town: Town, number: int) -> tuple[str, AgentView]:
    known = [(namespace, agent) for namespace, own in town.directory.agents.items() for agent in own.values()]
    return known[number % len(known)]


COMMON: tuple[TownHappening, ...] = (start, succeed, succeed, fail, obey, see, see, reconcile, reconcile, settle)
RARE: tuple[TownHappening, ...] = (
    evict, delete, cancel, suspend, prefer, crash, lose_status, restart, let_time_pass, toggle, drain,
    resize, lose_nodes, regroup, group,
)  # fmt: skip


def rest(town: Town) -> None:
    """The disturbances stop: every Agent takes steps, and nobody wants anything more."""
    for namespace, own in town.directory.agents.items():
        for agent in list(own.values()):
            given = {"enabled": True, "drain": False, "capacity": agent.spec.capacity or 1}
            healed = replace(agent, spec=agent.spec.model_copy(update=given), ready_tags=None)
            town.directory.change(namespace, healed)
    for groups in town.groups.values():
        for name in groups.groups:
            groups.change(name, limit=1)
    for tenant in town.tenants.values():
        spec = tenant.run.spec.model_copy(update={"suspend": False})
        tenant.run = tenant.run.model_copy(update={"spec": spec})
        town.mark(tenant.uid)
