"""Owns the Run that a file or a Workflow's name means, and the graph that it runs. Must not make the Run."""

from collections.abc import Sequence
from dataclasses import replace

import click

from longshore.cli.checks.documents import sort_problems
from longshore.cli.checks.files import is_file, read_files
from longshore.cli.cluster.clusters import WORKFLOWS, Cluster, Object, Query
from longshore.cli.making.submissions import build_reference, list_faults, read_submission, set_params
from longshore.cli.words.mistakes import MistakeError
from longshore.cli.words.parameters import parse_params
from longshore.cli.words.suggestions import suggest
from longshore.cli.words.targets import Target
from longshore.errors import ForbiddenError, NotFoundError


def read_source(source: str, target: Target) -> tuple[Object, Target]:
    """The Run that is meant, and the namespace that its file names, unless another was asked for.

    Raises MistakeError, after all that is wrong with the file is said on stderr.
    """
    if not is_file(source):
        return build_reference(source.rpartition("/")[2]), target
    file, text = next(iter(read_files((source,))))
    run, problems = read_submission(file, text)
    for problem in sort_problems(problems):
        click.echo(str(problem), err=True)
    if run is None:
        raise MistakeError(f"{file!r} is not accepted; correct it and try again")
    namespace = run["metadata"].get("namespace")
    if namespace and target.namespace not in {None, namespace}:
        raise MistakeError(f"{file!r} is for namespace {namespace!r}, not for {target.namespace!r}")
    return run, replace(target, namespace=namespace or target.namespace)


def find_workflow(cluster: Cluster, name: str) -> Object:
    """The Workflow's spec. Raises NotFoundError, with a guess at what was meant."""
    try:
        spec: Object = cluster.get(WORKFLOWS, name)["spec"]
    except NotFoundError as error:
        known = [found["metadata"]["name"] for found in cluster.list(Query(WORKFLOWS, cluster.namespace))[0]]
        message = f"there is no workflow {name!r} in namespace {cluster.namespace!r}{suggest(name, known)}"
        raise NotFoundError(message) from error
    return spec


def find_graph(cluster: Cluster, run: Object) -> Object | None:
    """The spec of what a Run runs, its own or its Workflow's; None where that may be run but not read."""
    graph: Object | None = run["spec"].get("workflowSpec")
    if graph is not None:
        return graph
    name = run["spec"]["workflowRef"]["name"]
    try:
        return find_workflow(cluster, name)
    except ForbiddenError:
        click.echo(f"workflow {name!r} may not be read: parameters are of the type they look like", err=True)
        return None


def complete_run(run: Object, graph: Object | None, params: Sequence[str]) -> Object:
    """The Run with the parameters of `-p`. Raises MistakeError where an operator would refuse it."""
    run = set_params(run, parse_params(params, None if graph is None else graph.get("params", [])))
    if faults := list_faults(run, graph):
        raise MistakeError("; ".join(faults))
    return run
