"""Owns `logs` as people type it."""

import click

from longshore.cli.words.completers import RUN, STEP
from longshore.cli.words.options import Duration, gather, with_target
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import LogPart


@click.command("logs")
@click.argument("run", type=RUN, required=False)
@click.argument("step", type=STEP, required=False)
@click.option("-f", "--follow", is_flag=True, help="Go on until the Run ends, with new steps as they start.")
@click.option("--attempt", type=click.IntRange(1), metavar="N", help="This attempt in place of the last one.")
@click.option("-p", "--previous", is_flag=True, help="The attempt before the last one.")
@click.option("--all-attempts", is_flag=True, help="All attempts, the first ones too.")
@click.option(
    "--tail", type=click.IntRange(-1), metavar="LINES", help="Only the last lines of each step; -1: all."
)
@click.option("--since", type=Duration(), help="Only what is not older, as 90s, 5m, 1h.")
@click.option("--since-time", metavar="TIME", help="Only what was written since a time, as 2026-01-02T10:00:00Z.")
@click.option("--timestamps", is_flag=True, help="With the time of each line.")
@click.option(
    "--prefix/--no-prefix", default=None, help="Whether lines begin with their step; if not said, where several."
)
@click.option("-c", "--container", metavar="NAME", help="Another container of the pod: checkout, a service.")
@click.option("--all-containers", is_flag=True, help="All containers of the pods, also checkouts and services.")
@with_target
@gather(LogPart, "part")
def command(run: str | None, step: str | None, *, follow: bool, part: LogPart, target: Target) -> int:
    """Print the logs of a Run, of all steps or of one.

    Lines stand in the order of time. Without a name it is the latest Run of the namespace. Of each step it is the
    last attempt; --follow goes on with later ones. Where there are several steps, each line begins with its step.
    What no pod has any more comes from the archive, also of a Run that is gone.
    """
    if (part.attempt is not None) + part.previous + part.all_attempts > 1:
        raise click.UsageError("give one of --attempt, --previous and --all-attempts")
    if follow and part.previous:
        raise click.UsageError("what --previous means has ended; leave out --follow")
    if part.since is not None and part.since_time is not None:
        raise click.UsageError("give --since or --since-time, not both")
    if part.container is not None and part.all_containers:
        raise click.UsageError("give --container or --all-containers, not both")
    from longshore.cli.actions.logs import follow_logs, print_logs

    return follow_logs(run, step, part, target) if follow else print_logs(run, step, part, target)
