"""Owns `version`: which of Longshore's kinds the cluster serves."""

import click

from longshore.cli.cluster.clusters import RUNS, Object, connect
from longshore.cli.versions import VERSION
from longshore.cli.views.objects import write_value
from longshore.cli.words.targets import Target


def print_api(target: Target) -> None:
    """Print the API version and its kinds. Raises NotInstalledError where the cluster has none."""
    api = _find_api(target)
    click.echo(f"Cluster API: {api['groupVersion']} ({', '.join(api['kinds'])})")


def print_versions(output: str, target: Target | None) -> None:
    """Print all versions as JSON or YAML, without a target the plugin's alone. Raises NotInstalledError."""
    versions: Object = {"clientVersion": {"gitVersion": f"v{VERSION}"}}
    if target is not None:
        versions["clusterAPI"] = _find_api(target)
    click.echo(write_value(versions, output), nl=False)


def _find_api(target: Target) -> Object:
    kinds = connect(target).request("GET", RUNS.api)["resources"]
    served = sorted(kind["kind"] for kind in kinds if "/" not in kind["name"])
    return {"groupVersion": RUNS.api.removeprefix("apis/"), "kinds": served}
