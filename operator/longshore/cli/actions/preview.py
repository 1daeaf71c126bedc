"""Owns `preview`: what a Run would make, by the operator's own planner, without a Run."""

from collections.abc import Sequence
from datetime import timedelta

import click

from longshore.cli.foresight.candidates import find_views, list_candidates
from longshore.cli.foresight.imaginations import imagine_run
from longshore.cli.views.previews import list_absent, write_preview
from longshore.cli.words.mistakes import MistakeError
from longshore.cli.words.suggestions import suggest
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Viewing
from longshore.names import get_step_name
from longshore.planning.rehearsals.rehearsals import Act, Rehearsal, rehearse


def preview(source: str, viewing: Viewing, target: Target) -> int:
    """Print what a Run would make. Returns 1 where it would fail, or where there is nothing to print."""
    imagined = imagine_run(source, viewing.params, viewing.name, target)
    agents = find_views(imagined, is_wished=viewing.agents)
    rehearsal = rehearse(imagined.run, imagined.graph, lambda _: timedelta(), agents)
    acts = _choose_acts(rehearsal, viewing.step)
    if acts:
        candidates = [] if agents is None else list_candidates(rehearsal.graph, agents)
        click.echo(write_preview(rehearsal, acts, candidates, viewing.output), nl=False)
    for step, why in list_absent(rehearsal).items():
        if viewing.step in {None, step}:
            click.echo(f"step {step!r} makes nothing: {why}", err=True)
    if rehearsal.status.phase != "Succeeded":
        click.echo(f"the run would fail: {rehearsal.status.message}", err=True)
    return int(not acts or rehearsal.status.phase != "Succeeded")


def _choose_acts(rehearsal: Rehearsal, step: str | None) -> Sequence[Act]:
    """The acts that make something, of all steps or of one. Raises MistakeError where there is no such step."""
    acts = [act for act in rehearsal.acts if act.manifest is not None]
    if step is None:
        return acts
    chosen = [act for act in acts if step in {act.path, get_step_name(act.path)}]
    known = [*rehearsal.graph.steps, *(act.path for act in acts)]
    if not chosen and step not in known:
        hint = suggest(step, known) or f"; there are: {', '.join(rehearsal.graph.steps)}"
        raise MistakeError(f"there is no step {step!r}{hint}")
    return chosen
