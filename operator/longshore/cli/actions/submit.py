"""Owns `submit`: makes a Run, and where wished waits for its end."""

import sys
from dataclasses import replace

import click

from longshore.cli.clusters import RUNS, WORKFLOWS, Cluster, Object, Query, connect
from longshore.cli.documents import sort_problems
from longshore.cli.files import is_file, read_files
from longshore.cli.mistakes import MistakeError
from longshore.cli.outcomes import show_outcome, watch_outcome
from longshore.cli.parameters import parse_params
from longshore.cli.runs import follow_run
from longshore.cli.screens import build_console
from longshore.cli.submissions import build_reference, list_faults, name_run, read_submission, set_params
from longshore.cli.suggestions import suggest
from longshore.cli.views.objects import get_full_name, write_object
from longshore.cli.wishes import Making, Target, Waiting
from longshore.errors import AlreadyExistsError, ForbiddenError, NotFoundError


def submit(source: str, making: Making, waiting: Waiting, target: Target) -> int:
    """Make a Run, and wait for it where that is wished. Returns 0, or its outcome as the exit code."""
    run, target = _read(source, target)
    cluster = connect(target)
    made = _make(cluster, run, making)
    text = write_object(made, waiting.output) if waiting.output else f"{get_full_name(made)} created\n"
    click.echo(text, nl=False)
    if waiting.watch or waiting.wait:
        return _await(cluster, made, waiting, target)
    if waiting.output is None and sys.stdout.isatty():
        click.echo(f"next: kubectl longshore watch {made['metadata']['name']}{target.flags}", err=True)
    return 0


def _read(source: str, target: Target) -> tuple[Object, Target]:
    """The Run that is meant, and the namespace that its file names, unless another was asked for."""
    if not is_file(source):
        return build_reference(source.rpartition("/")[2]), target
    file, text = next(iter(read_files((source,))))
    run, problems = read_submission(file, text)
    for problem in sort_problems(problems):
        click.echo(str(problem), err=True)
    if run is None:
        raise MistakeError(f"{file!r} was not submitted")
    namespace = run["metadata"].get("namespace")
    if namespace and target.namespace not in {None, namespace}:
        raise MistakeError(f"{file!r} is for namespace {namespace!r}, not for {target.namespace!r}")
    return run, replace(target, namespace=namespace or target.namespace)


def _make(cluster: Cluster, run: Object, making: Making) -> Object:
    workflow = run["spec"].get("workflowSpec") or _find_workflow(cluster, run["spec"]["workflowRef"]["name"])
    params = parse_params(making.params, None if workflow is None else workflow.get("params", []))
    run = name_run(set_params(run, params), making)
    if faults := list_faults(run, workflow):
        raise MistakeError("; ".join(faults))
    try:
        return cluster.create(RUNS, run)
    except AlreadyExistsError as error:
        prefix = f"{run['metadata'].get('name', 'run')}-"
        raise AlreadyExistsError(f"{error}; add --generate-name {prefix} for another one") from error


def _find_workflow(cluster: Cluster, name: str) -> Object | None:
    """The Workflow's spec; None where it may be run but not read."""
    try:
        spec: Object = cluster.get(WORKFLOWS, name)["spec"]
    except ForbiddenError:
        click.echo(f"workflow {name!r} may not be read: parameters are of the type they look like", err=True)
        return None
    except NotFoundError as error:
        known = [found["metadata"]["name"] for found in cluster.list(Query(WORKFLOWS, cluster.namespace))[0]]
        message = f"there is no workflow {name!r} in namespace {cluster.namespace!r}{suggest(name, known)}"
        raise NotFoundError(message) from error
    return spec


def _await(cluster: Cluster, run: Object, waiting: Waiting, target: Target) -> int:
    """Wait for the end. With -o stdout holds the object alone, so the rest goes to stderr."""
    console = build_console(stderr=waiting.output is not None)
    runs = follow_run(cluster, run, waiting.timeout)
    try:
        if waiting.watch:
            return watch_outcome(console, cluster, runs, target.flags)
        return show_outcome(console, cluster, list(runs)[-1], target.flags)
    except KeyboardInterrupt:
        cancel = f"kubectl longshore cancel {run['metadata']['name']}{target.flags}"
        click.echo(f"the run goes on; to end it: {cancel}", err=True)
        raise
