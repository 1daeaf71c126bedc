"""Owns the places that steps hold in ConcurrencyGroups: which they ask for, and what they are told without one.

Who gets a place is decided for all Runs together, in `groups`. People who are asked hold none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from longshore.api.runs import Run
from longshore.api.step_statuses import StepReason, StepStatus
from longshore.api.steps import Concurrency
from longshore.errors import ExpressionError
from longshore.planning.attempts.attempts import CANCELS, TERMINAL
from longshore.planning.attempts.standings import is_made
from longshore.planning.expressions.interpolations import interpolate
from longshore.planning.expressions.scopes import Scope, build_run_scope
from longshore.planning.groups.groups import Claim, GroupView, Place, Verdict, describe_use
from longshore.planning.runs.rounds import Round
from longshore.planning.steps.statuses import write_ordinal
from longshore.planning.times import parse_time, write_time

MAX_KEY = 253
"""Characters of a key: there may be thousands on record."""
Groups = Mapping[str, GroupView] | None


def find_claim(round_: Round, path: str) -> Claim | None:
    """The claim of a path's next attempt to a place that it has to hold; None: to none. Raises ExpressionError."""
    concurrency = find_concurrency(round_, path)
    if concurrency is None:
        return None
    status, now = round_.statuses[path], round_.situation.now
    key = render_key(concurrency, round_.build_scope(path))
    place = _get_place(round_, path)
    return build_claim(round_.situation.run, concurrency.group, key, place, _get_since(status, now))


def find_concurrency(round_: Round, path: str) -> Concurrency | None:
    """The group that the attempts of a path hold; None: none, or groups do not count."""
    step = round_.get_step(path)
    return None if round_.observed.groups is None or step.approval is not None else step.concurrency


def render_key(concurrency: Concurrency, scope: Scope) -> str:
    """Its key. Raises ExpressionError."""
    key = interpolate(concurrency.key, scope)
    if len(key) > MAX_KEY or "\n" in key:
        raise ExpressionError(f"concurrency.key: is no line of at most {MAX_KEY} characters: {key[:64]!r}...")
    return key


def build_claim(run: Run, group: str, key: str, place: Place, since: datetime) -> Claim:
    """A claim of this Run, of one who waits."""
    return Claim(group, key, place, run.metadata.name, since, _get_creation(run, since), run.spec.priority)


def build_run_claim(run: Run, concurrency: Concurrency, now: datetime) -> Claim:
    """The claim of a Run as a whole, before it starts. Raises ExpressionError."""
    key = render_key(concurrency, build_run_scope(run))
    return build_claim(run, concurrency.group, key, Place(run.metadata.uid, None, 0), _get_creation(run, now))


def find_verdict(groups: Groups, claim: Claim) -> Verdict | None:
    """What becomes of whoever claims this, where that is neither to wait nor to hold it."""
    view = (groups or {}).get(claim.group)
    return view.verdicts.get(claim.place) if view else None


def has_place(groups: Groups, claim: Claim) -> bool:
    """Whether it is on record."""
    view = (groups or {}).get(claim.group)
    return view is not None and view.keys.get(claim.place) == claim.key


def describe_wait(groups: Groups, claim: Claim) -> str:
    """What a claim waits for, without its place in the line."""
    view = (groups or {}).get(claim.group)
    if view is None:
        return f"waits for group {claim.group}, which is not there: create it"
    use = describe_use(view.spec, claim.key, view.counts.get(claim.key, 0))
    return f"waits for group {claim.group}: {use}"


def find_place(groups: Groups, claim: Claim, before: int = 0) -> int:
    """A claim's place in the line, after so many others that are not in it yet; 0: there is no line."""
    view = (groups or {}).get(claim.group)
    return view.find_place(claim) + before if view else 0


def write_wait(status: StepStatus, message: str, place: int, now: datetime) -> str:
    """The message of an attempt that waits: the place in the line is of when it began to wait for just that."""
    known = status.message or ""
    if status.reason is StepReason.AWAITING_GROUP and known.partition("; ")[0] == message:
        return known
    return f"{message}; {write_ordinal(place)} in line at {write_time(now)}" if place else message


def list_live_claims(round_: Round) -> Iterator[Claim]:
    """The claims of the attempts that go on, and of the Run itself: they hold their places, on record or not."""
    if round_.observed.groups is None:
        return
    run, now = round_.situation.run, round_.situation.now
    if own := round_.graph.spec.concurrency:
        place = Place(run.metadata.uid, None, 0)
        claim = build_claim(run, own.group, _find_key(round_, own, place), place, _get_creation(run, now))
        yield replace(claim, state="Stops" if run.spec.cancel else "Holds")
    if not any(step.concurrency for step in round_.graph.steps.values()):
        return
    for path in round_.list_paths():
        status = round_.statuses[path]
        if is_made(status) and status.phase not in TERMINAL and (step := find_concurrency(round_, path)):
            place = _get_place(round_, path)
            claim = build_claim(run, step.group, _find_key(round_, step, place), place, _get_since(status, now))
            yield replace(claim, state="Stops" if status.reason in CANCELS else "Holds")


def _find_key(round_: Round, concurrency: Concurrency, place: Place) -> str:
    """The key of a place: as it is on record, else evaluated anew; what can't be any more counts without one."""
    view = (round_.observed.groups or {}).get(concurrency.group)
    if view is not None and (key := view.keys.get(place)) is not None:
        return key
    try:
        scope = build_run_scope(round_.situation.run) if place.path is None else round_.build_scope(place.path)
        return render_key(concurrency, scope)
    except ExpressionError:
        return ""


def _get_place(round_: Round, path: str) -> Place:
    return Place(round_.situation.run.metadata.uid, path, max(round_.statuses[path].attempt, 1))


def _get_since(status: StepStatus, now: datetime) -> datetime:
    return parse_time(status.queued_time) if status.queued_time else now


def _get_creation(run: Run, now: datetime) -> datetime:
    created = run.metadata.creation_timestamp
    return parse_time(created) if created else now
