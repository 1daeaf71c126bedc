"""Owns which Agent an attempt of a Run starts on now, and else what it waits for. Must not start it."""

from longshore.api.step_statuses import StepReason
from longshore.manifests.placements import Placement
from longshore.planning.pools.agents import AgentView, Demand, Unplaced, build_demand, can_take, choose_agent
from longshore.planning.pools.pools import AgentWait, PoolView
from longshore.planning.runs.rounds import Round, tell_wait
from longshore.planning.times import parse_time, write_time


def place(round_: Round, path: str) -> Placement | None:
    """The Agent on which the path's next attempt starts now, with the room that this takes; None: it waits."""
    status = round_.statuses[path]
    demand, attempt = build_demand(round_.get_step(path), status.agent or ""), max(status.attempt, 1)
    pool = round_.observed.pool
    promised = pool.agents.get(pool.turns.get((path, attempt), ""))
    if promised is not None and can_take(demand, promised) and _is_kept(pool, promised):
        return Placement(promised.name, promised.spec, demand.tags)
    if pool.free is not None and round_.placed.total() >= pool.free:
        _wait(round_, path, demand, StepReason.AWAITING_SLOT, pool.limit)
        return None
    agent = _choose(round_, demand)
    if isinstance(agent, Unplaced):
        _wait(round_, path, demand, StepReason.AWAITING_AGENT, f"waits: {agent.message}")
        return None
    round_.placed[agent.name] += 1
    return Placement(agent.name, agent.spec, demand.tags)


def _is_kept(pool: PoolView, promised: AgentView) -> bool:
    """Whether there still is the room that was promised, which counts as taken: capacity may be less since."""
    return promised.has_room(pool.active.get(promised.name, 0) - 1)


def could_place(round_: Round, path: str) -> bool:
    """Whether an Agent takes such attempts at all, also where it has no room now; else it is told to wait.

    Room is asked for with a place in the group alone: else one would have the room and another the place, in turn.
    """
    demand = build_demand(round_.get_step(path), round_.statuses[path].agent or "")
    if any(can_take(demand, agent) for agent in round_.observed.pool.agents.values()):
        return True
    place(round_, path)
    return False


def _choose(round_: Round, demand: Demand) -> AgentView | Unplaced:
    """As ever; what finds no room once finds none later in the same round, where room only gets less."""
    if (known := round_.unplaced.get(demand)) is not None:
        return known
    pool = round_.observed.pool
    active = {name: count + round_.placed[name] for name, count in pool.active.items()}
    found = choose_agent(demand, pool.agents, {**round_.placed, **active})
    if isinstance(found, Unplaced):
        round_.unplaced[demand] = found
    return found


def _wait(round_: Round, path: str, demand: Demand, reason: StepReason, message: str) -> None:
    """Say what the attempt waits for, and since when it has."""
    status, now = round_.statuses[path], round_.situation.now
    queued = status.queued_time or write_time(now)
    round_.statuses[path] = status.model_copy(update={"queued_time": queued})
    tell_wait(round_, path, reason, message)
    round_.waits.append(AgentWait(path, max(status.attempt, 1), demand, parse_time(queued)))
