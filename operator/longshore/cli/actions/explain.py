"""Owns `explain`: why a Run does not go on, or why it failed."""

from collections.abc import Collection, Iterator, Sequence

import click
from rich.console import Group, RenderableType

from longshore.api.workflows import WorkflowSpec
from longshore.cli.archives.clients import open_archive
from longshore.cli.archives.runs import find_anywhere
from longshore.cli.cluster.clusters import (
    AGENTS,
    CONCURRENCY_GROUPS,
    EVENTS,
    RUNS,
    Cluster,
    Object,
    Query,
    Resource,
    connect,
)
from longshore.cli.cluster.lookups import list_readable
from longshore.cli.cluster.runs import get_phase, is_finished
from longshore.cli.logs.podlogs import build_query, read_tail
from longshore.cli.reasons import agents, groups
from longshore.cli.reasons.blockers import TERMINAL
from longshore.cli.reasons.explanations import explain_run, explain_waits, list_consequences, list_running
from longshore.cli.reasons.scenes import Scene
from longshore.cli.terminal.clocks import get_now
from longshore.cli.terminal.screens import build_console, show
from longshore.cli.views.boards import find_wait
from longshore.cli.views.explanations import build_cause, build_consequences, build_step, build_waits
from longshore.cli.views.reports import build_report, find_failures
from longshore.cli.views.trees import build_header
from longshore.cli.words.mistakes import MistakeError
from longshore.cli.words.paths import choose_paths
from longshore.cli.words.targets import Target
from longshore.errors import ForbiddenError, NotFoundError
from longshore.planning.acceptance.acceptance import parse_workflow
from longshore.planning.acceptance.graphs import build_graph
from longshore.planning.readings import observe_pod
from longshore.planning.times import parse_time

_AWAITED = ((agents.AWAITING, AGENTS), (groups.AWAITING, CONCURRENCY_GROUPS))


def explain(name: str | None, step: str | None, target: Target) -> None:
    """Say what each step of a Run waits for, or why the Run failed; of one step, that of the step."""
    cluster, console = connect(target), build_console()
    with open_archive(cluster, target) as archive:
        run = find_anywhere(cluster, archive, name).run
    paths = None if step is None else choose_paths(run, step)
    if not is_finished(run):
        show(console, _explain_waits(cluster, run, paths, target.flags))
    elif paths is not None:
        show(console, *(build_step(path, run["status"]["steps"][path]) for path in paths))
    elif get_phase(run) == "Failed":
        _explain_failure(cluster, run, target.flags)
    else:
        show(console, *build_report(run, get_now(), target.flags))


def _explain_waits(cluster: Cluster, run: Object, paths: Sequence[str] | None, flags: str) -> RenderableType:
    now = get_now()
    head = build_header(run, now)
    if wait := explain_run(run, parse_time(now), flags):
        return build_waits(head, [wait], [])
    scene = _observe(cluster, run, now, flags)
    waits, running = explain_waits(scene), list_running(scene)
    if paths is None:
        return build_waits(head, waits, running)
    if chosen := [wait for wait in waits if wait.path in paths]:
        return build_waits(head, chosen, running)
    steps = run["status"]["steps"]
    return Group(*(build_step(path, steps.get(path, {"phase": "Pending"})) for path in paths))


def _observe(cluster: Cluster, run: Object, now: str, flags: str) -> Scene:
    """What there is to know. Raises MistakeError where the graph is of a newer version."""
    graph = parse_workflow(run["status"].get("workflowSpec") or {})
    if not isinstance(graph, WorkflowSpec):
        name = run["metadata"]["name"]
        raise MistakeError(f"the graph of run {name!r} is of another version than this plugin; update the plugin")
    pods = {
        pod["metadata"]["name"]: observe_pod(pod) for pod in list_readable(cluster, build_query(run, None, None))
    }
    starting = [name for name, pod in pods.items() if pod.phase == "Pending"]
    warnings = _find_warnings(cluster, run["metadata"]["namespace"], starting) if starting else {}
    children = {child: find_wait(found, now) for child, found in _find_children(cluster, run)}
    pool, held = (_find_awaited(cluster, run, *kind) for kind in _AWAITED)
    filled = zip(pool, agents.fill_agents(list(pool.values()), list(pool.values())), strict=True)
    return Scene(run, build_graph(graph), parse_time(now), pods, warnings, children, dict(filled), held, flags)


def _find_awaited(cluster: Cluster, run: Object, reason: str, resource: Resource) -> dict[str, Object]:
    """The objects of a kind by name, where a step waits for one of them."""
    steps = run["status"].get("steps", {}).values()
    if all(step.get("reason") != reason for step in steps):
        return {}
    found = list_readable(cluster, Query(resource, run["metadata"]["namespace"]))
    return {item["metadata"]["name"]: item for item in found}


def _find_children(cluster: Cluster, run: Object) -> Iterator[tuple[str, Object]]:
    """The child Runs that go on, by name, as far as they may be read."""
    for step in run["status"].get("steps", {}).values():
        if step.get("run") and step["phase"] not in TERMINAL:
            try:
                yield step["run"], cluster.get(RUNS, step["run"])
            except (ForbiddenError, NotFoundError):
                continue


def _find_warnings(cluster: Cluster, namespace: str, pods: Collection[str]) -> dict[str, str]:
    """The last warning about each of these pods."""
    events = list_readable(cluster, Query(EVENTS, namespace, fields="involvedObject.kind=Pod,type=Warning"))
    events.sort(key=lambda event: event.get("lastTimestamp") or event.get("eventTime") or "")
    found = ((event["involvedObject"]["name"], event.get("message", "")) for event in events)
    return {name: message for name, message in found if name in pods}


def _explain_failure(cluster: Cluster, run: Object, flags: str) -> None:
    """The first cause, and what did not run because of it."""
    console = build_console()
    failure = next(iter(find_failures(run)), None)
    lines: list[str] = []
    if failure is not None:
        message = failure.step.get("message") or ""
        lines = (read_tail(cluster, failure.path, failure.step) if failure.has_log else []) or message.splitlines()
    show(console, build_cause(run, get_now(), failure, lines, flags))
    if consequences := list(list_consequences(run, choose_paths(run, None))):
        click.echo()
        show(console, build_consequences(consequences))
