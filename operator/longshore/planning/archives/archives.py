"""Owns the life of a namespace's archive: made with the first Run, changed with its design, asleep when idle.

Nothing is ever deleted. Must not know how objects are read or written.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from longshore import names
from longshore.planning.patches import build_merge_patch
from longshore.planning.quantities import parse_quantity
from longshore.planning.times import parse_time

Json = dict[str, Any]

LOOK = timedelta(minutes=5)
"""How often an archive that is up is looked at, should time alone not ask for it sooner."""


@dataclass(frozen=True, slots=True)
class WantedArchive:
    """What the chart and the namespace ask for."""

    objects: Sequence[Json]
    """All objects, the Deployment last; none where nothing is to be made or changed."""
    idle: timedelta
    """How long an archive stays up that nobody needs."""
    is_disabled: bool = False
    """Whether it sleeps, whoever needs it."""


@dataclass(frozen=True, slots=True)
class ObservedArchive:
    """What there is."""

    deployment: Json | None
    """As the API server has it; None: there is none."""
    is_needed: bool
    """Whether Runs go on, or pods of Runs are left."""
    needed_at: datetime | None = None
    """When it was needed last, as far as this operator knows; None: it has not been since this one leads."""


@dataclass(frozen=True, slots=True)
class EnsureObjects:
    """Have these objects exist as they are given, in this order."""

    objects: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class PatchDeployment:
    """Merge into the very version of the Deployment that was planned from."""

    patch: Json


ArchiveAction = EnsureObjects | PatchDeployment


@dataclass(frozen=True, slots=True)
class ArchivePlan:
    """What to do now for the archive of one namespace."""

    actions: tuple[ArchiveAction, ...] = ()
    """In this order; none once one could not be done."""
    is_up: bool = False
    """Whether it is up once all is done."""
    problem: str = ""
    """What people have to mend."""
    wake_at: datetime | None = None
    """When time alone may change the plan."""


def plan_archive(wanted: WantedArchive, observed: ObservedArchive, now: datetime) -> ArchivePlan:
    """What to do now for the archive of one namespace."""
    found = observed.deployment
    if found is None:
        if not observed.is_needed or not wanted.objects:
            return ArchivePlan()
        soon = now + min(wanted.idle, LOOK)
        return ArchivePlan((EnsureObjects(tuple(wanted.objects)),), is_up=True, wake_at=soon)
    if not is_ours(found):
        return ArchivePlan(problem=describe_foreign(found))
    asleep_at = None if wanted.is_disabled else _find_sleep(wanted.idle, found, observed, now)
    is_up = asleep_at is not None
    wake_at = min(asleep_at, now + LOOK) if asleep_at else None
    return ArchivePlan(tuple(_plan_changes(wanted, found, int(is_up))), is_up=is_up, wake_at=wake_at)


def plan_update(manifest: Json, found: Json) -> Json:
    """The merge patch by which an object that exists becomes as the manifest says; empty where it is so already.

    What the manifest does not speak of stays, but in a pod's template; and a claim only grows.
    """
    patch = _overlay(found, manifest)
    if manifest["kind"] == "PersistentVolumeClaim":
        patch.pop("spec", None)
        return patch | _grow(manifest, found)
    if manifest["kind"] == "Deployment":
        template = build_merge_patch(found["spec"]["template"], manifest["spec"]["template"])
        patch["spec"] = {**patch.get("spec", {}), "template": template}
    return patch


def is_ours(found: Mapping[str, Any]) -> bool:
    """Whether Longshore made an object, or was given it."""
    return bool(found["metadata"].get("labels", {}).get(names.MANAGED_BY) == names.MANAGER)


def describe_foreign(found: Mapping[str, Any]) -> str:
    """Why an object is left alone, and what to do."""
    kind, name = found["kind"], found["metadata"]["name"]
    label = f"{names.MANAGED_BY}={names.MANAGER}"
    return f"{kind} {name} is not Longshore's, so there is no archive: rename it, or give it the label {label}"


def _plan_changes(wanted: WantedArchive, found: Json, replicas: int) -> Iterator[ArchiveAction]:
    version = {"resourceVersion": found["metadata"]["resourceVersion"]}
    if wanted.objects and _get_design(wanted.objects[-1]) != _get_design(found):
        *others, deployment = wanted.objects
        yield EnsureObjects(tuple(others))
        patch = plan_update({**deployment, "spec": {**deployment["spec"], "replicas": replicas}}, found)
        yield PatchDeployment({**patch, "metadata": {**patch["metadata"], **version}})
    elif _get_replicas(found) != replicas:
        yield PatchDeployment({"metadata": version, "spec": {"replicas": replicas}})


def _get_design(deployment: Json) -> str:
    design: str = deployment["metadata"].get("annotations", {}).get(names.DESIGN_ANNOTATION, "")
    return design


def _get_replicas(deployment: Json) -> int:
    replicas: int = deployment["spec"].get("replicas", 1)
    return replicas


def _find_sleep(idle: timedelta, found: Json, observed: ObservedArchive, now: datetime) -> datetime | None:
    """When it may sleep, by all that is known now; None: it may already."""
    if observed.is_needed:
        return now + idle
    # One that sleeps is woken by need alone, or by the plugin, which says so.
    uses = [_read_use(found, now), observed.needed_at if _get_replicas(found) else None]
    asleep_at = max((use + idle for use in uses if use is not None), default=now)
    return asleep_at if asleep_at > now else None


def _read_use(found: Mapping[str, Any], now: datetime) -> datetime | None:
    """When the plugin last woke it, and no later than now. Anyone may write the annotation."""
    try:
        time = parse_time(found["metadata"]["annotations"][names.USED_ANNOTATION])
    except (KeyError, TypeError, ValueError):
        return None
    return min(time, now) if time.tzinfo is not None else None


def _overlay(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> Json:
    """What has to be merged into `found` for it to say all that `wanted` says. Lists are replaced whole."""
    patch: Json = {}
    for name, value in wanted.items():
        before = found.get(name)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            if inner := _overlay(before, value):
                patch[name] = inner
        elif before != value:
            patch[name] = value
    return patch


def _grow(manifest: Json, found: Json) -> Json:
    """The claim's new size, where it is greater than the one that was asked for so far."""
    asked = found["spec"].get("resources", {}).get("requests", {}).get("storage", "0")
    size = manifest["spec"]["resources"]["requests"]["storage"]
    before, after = parse_quantity(asked), parse_quantity(size)
    if before is None or after is None or after <= before:
        return {}
    return {"spec": {"resources": {"requests": {"storage": size}}}}
