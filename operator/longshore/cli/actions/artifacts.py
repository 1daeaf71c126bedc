"""Owns `artifacts`: what steps left, as a list, as files of this machine, or shown."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp

import click

from longshore.cli.archives.artifacts import (
    Artifact,
    build_artifact,
    choose_artifacts,
    list_items,
)
from longshore.cli.archives.clients import Archive, open_archive
from longshore.cli.archives.destinations import check_free, choose_places, is_packed
from longshore.cli.archives.downloads import Advance, fetch_file, write_file, write_folder
from longshore.cli.archives.folders import fetch_folder
from longshore.cli.archives.runs import find_anywhere
from longshore.cli.cluster.clusters import Cluster, connect
from longshore.cli.terminal.clocks import get_now
from longshore.cli.terminal.screens import show_progress
from longshore.cli.views.artifacts import COLUMNS, PATH, WIDE
from longshore.cli.views.objects import write_value
from longshore.cli.views.tables import fit_table
from longshore.cli.words.mistakes import MistakeError
from longshore.cli.words.paths import choose_paths
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Fetching

INDEX = "index.html"


def list_artifacts(name: str | None, step: str | None, output: str, target: Target) -> int:
    """Print what there is. Returns 1 where there is nothing."""
    cluster = connect(target)
    with open_archive(cluster, target) as archive:
        run = find_anywhere(cluster, archive, name).run
        if step is not None:
            choose_paths(run, step)
        items = list_items(archive, run["metadata"]["uid"], step)
    if output in {"json", "yaml"}:
        click.echo(write_value({"items": items}, output), nl=False)
    elif output == "name":
        for item in items:
            click.echo(build_artifact(item).full_name)
    elif items:
        columns = [*COLUMNS, *WIDE * (output == "wide"), PATH]
        limit = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        table = fit_table(columns, items, get_now(), limit)
        click.echo(table.write_header() + "".join(table.write_row(item, get_now()) for item in items), nl=False)
    else:
        click.echo(f"run {run['metadata']['name']!r} has no artifacts", err=True)
    return int(not items)


def get_artifacts(name: str, wanted: str, fetching: Fetching, target: Target) -> None:
    """Bring artifacts here, and print where they are. Raises MistakeError, ArchiveError, ClusterError."""
    cluster = connect(target)
    with open_archive(cluster, target) as archive:
        artifacts = _choose(cluster, archive, name, wanted, fetching.attempt)
        if fetching.output == "-":
            _write_out(archive, artifacts)
            return
        places = choose_places(artifacts, fetching.output)
        if not fetching.force:
            check_free(places)
        _fetch(archive, artifacts, places)
    for place in places:
        click.echo(place)


def open_artifact(name: str, wanted: str, attempt: int | None, target: Target) -> int:
    """Show a copy of an artifact in the program that the desktop has for it. Returns 1 where it has none."""
    cluster = connect(target)
    with open_archive(cluster, target) as archive:
        artifacts = _choose(cluster, archive, name, wanted, attempt)
        places = choose_places(artifacts, mkdtemp(prefix="longshore-"))
        _fetch(archive, artifacts, places)
    code = 0
    for place in places:
        shown = place / INDEX if (place / INDEX).is_file() else place
        click.echo(shown)
        code = click.launch(str(shown)) or code
    if code:
        click.echo("this desktop has no program that shows it; it stays there until you delete it", err=True)
    return int(code != 0)


def _choose(cluster: Cluster, archive: Archive, name: str, wanted: str, attempt: int | None) -> list[Artifact]:
    run = find_anywhere(cluster, archive, name).run
    items = list_items(archive, run["metadata"]["uid"])
    return choose_artifacts([build_artifact(item) for item in items], wanted, attempt)


def _fetch(archive: Archive, artifacts: Sequence[Artifact], places: Sequence[Path]) -> None:
    for artifact, place in zip(artifacts, places, strict=True):
        place.parent.mkdir(parents=True, exist_ok=True)
        with show_progress(artifact.full_name, artifact.size) as advance:
            _fetch_one(archive, artifact, place, advance)


def _fetch_one(archive: Archive, artifact: Artifact, place: Path, advance: Advance) -> None:
    if is_packed(artifact, place):
        part = place.with_name(f".{place.name}.part")
        with part.open("wb") as file:
            write_folder(archive, artifact, file)
        part.replace(place)
    elif artifact.is_folder:
        fetch_folder(archive, artifact, place, advance)
    else:
        fetch_file(archive, artifact, place, advance)


def _write_out(archive: Archive, artifacts: Sequence[Artifact]) -> None:
    if len(artifacts) > 1:
        raise MistakeError(f"{len(artifacts)} files are meant, and standard output takes one; name a STEP/NAME")
    [artifact] = artifacts
    if artifact.is_folder:
        write_folder(archive, artifact, sys.stdout.buffer)
        return
    write_file(archive, artifact, sys.stdout.buffer, lambda _: None)
