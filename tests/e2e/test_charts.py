"""The chart by itself, rendered: its values are checked and told, its CRDs are the generated ones."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from longshore.settings import Settings
from support.clusters import ROOT, Cluster, CommandError
from support.releases import CHART

KUBERNETES = "--kube-version=1.33.0"
OWN = {
    "http_host", "identity", "lease_duration_seconds", "lease_renew_seconds", "lease_retry_seconds", "archive_url",
}  # fmt: skip
"""Settings that are the same in every cluster."""


def render(cluster: Cluster, *flags: str) -> list[dict[str, Any]]:
    """The manifests of the chart."""
    text = cluster.helm("template", "longshore", CHART, "--namespace=longshore-system", KUBERNETES, *flags)
    return [manifest for manifest in yaml.safe_load_all(text) if manifest]


def flatten(values: dict[str, Any], prefix: str = "") -> set[str]:
    """The paths of all values; those of resources are one."""
    paths = set()
    for name, value in values.items():
        path = f"{prefix}{name}"
        is_leaf = not isinstance(value, dict) or not value or name == "resources"
        paths |= {path} if is_leaf else flatten(value, f"{path}.")
    return paths


def describe(schema: dict[str, Any], path: str) -> str:
    """What the schema says of a value."""
    for name in path.split("."):
        schema = schema["properties"].get(name, {})
    if "description" not in schema and "$ref" in schema:
        return "by reference"
    return str(schema.get("description", ""))


def find_kinds(manifests: list[dict[str, Any]]) -> set[str]:
    """The kinds of the manifests."""
    return {manifest["kind"] for manifest in manifests}


@pytest.mark.parametrize("values", sorted((CHART / "ci").glob("*-values.yaml")), ids=lambda path: path.stem)
def test_lint_has_nothing_to_say(bare_cluster: Cluster, values: Path) -> None:
    output = bare_cluster.helm("lint", "--strict", CHART, KUBERNETES, f"--values={values}")
    assert "0 chart(s) failed" in output
    assert render(bare_cluster, f"--values={values}")


def test_every_setting_has_its_value_but_those_of_a_process_alone(bare_cluster: Cluster) -> None:
    [config] = [manifest for manifest in render(bare_cluster) if manifest["kind"] == "ConfigMap"]
    given = set(yaml.safe_load(config["data"]["config.yaml"]))
    assert Settings.model_fields.keys() - given == OWN
    assert given <= Settings.model_fields.keys()


def test_the_crds_are_the_generated_ones(bare_cluster: Cluster) -> None:
    generated = [yaml.safe_load(file.read_text()) for file in sorted((ROOT / "crds").iterdir())]
    rendered = [manifest for manifest in render(bare_cluster) if manifest["kind"] == "CustomResourceDefinition"]
    assert len(generated) == 4
    rendered.sort(key=lambda crd: str(crd["metadata"]["name"]))
    for crd, made in zip(rendered, generated, strict=True):
        assert crd["spec"] == made["spec"]
        kept = {"helm.sh/resource-policy": "keep"}
        assert crd["metadata"]["annotations"] == made["metadata"]["annotations"] | kept


def test_every_value_is_told_and_described() -> None:
    values = flatten(yaml.safe_load((CHART / "values.yaml").read_text()))
    told = set(re.findall(r"^\| `([\w.]+)` \|", (CHART / "README.md").read_text(), re.MULTILINE))
    schema = json.loads((CHART / "values.schema.json").read_text())
    assert told == values
    assert [value for value in values if not describe(schema, value)] == []


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("replica=2", "additional properties 'replica' not allowed"),
        ("image.tag=1", "at '/image/tag': got number, want string"),
        ("log.level=verbose", "at '/log/level': value must be one of"),
        ("namespaces={Team_A}", "at '/namespaces/0': 'Team_A' does not match pattern"),
        ("replicas=-1", "at '/replicas': minimum: got -1, want 0"),
    ],
)
def test_a_wrong_value_is_refused(bare_cluster: Cluster, value: str, message: str) -> None:
    with pytest.raises(CommandError, match=re.escape(message)):
        render(bare_cluster, f"--set={value}")


def test_an_old_kubernetes_is_refused(bare_cluster: Cluster) -> None:
    with pytest.raises(CommandError, match=r"chart requires kubeVersion: >=1\.33"):
        bare_cluster.helm("template", CHART, "--kube-version=1.32.0")


def test_listed_namespaces_have_roles_and_the_cluster_none(bare_cluster: Cluster) -> None:
    manifests = render(bare_cluster, "--set=namespaces={a,b}")
    roles = {
        manifest["metadata"]["namespace"]
        for manifest in manifests
        if manifest["kind"] == "Role" and manifest["metadata"]["name"] == "longshore-operator"
    }
    [cluster_role] = [
        manifest
        for manifest in manifests
        if manifest["kind"] == "ClusterRole" and manifest["metadata"]["name"] == "longshore-operator"
    ]
    assert roles == {"a", "b"}
    assert [rule["resources"] for rule in cluster_role["rules"]] == [["customresourcedefinitions"], ["nodes"]]
    assert [rule["verbs"] for rule in cluster_role["rules"]] == [["get"], ["get", "list", "watch"]]


def test_nodes_are_read_only_where_they_may_be(bare_cluster: Cluster) -> None:
    for read in ("true", "false"):
        manifests = render(bare_cluster, "--set=namespaces={a}", f"--set=nodes.read={read}")
        [config] = [manifest for manifest in manifests if manifest["kind"] == "ConfigMap"]
        settings = yaml.safe_load(config["data"]["config.yaml"])
        rules = json.dumps([manifest.get("rules") for manifest in manifests])
        places = {manifest["metadata"].get("namespace") for manifest in manifests}
        is_read = settings["read_nodes"], '"nodes"' in rules, "kube-node-lease" in places
        assert is_read == ((read == "true"),) * 3


def test_switches(bare_cluster: Cluster) -> None:
    as_it_comes = find_kinds(render(bare_cluster))
    assert not as_it_comes & {"ServiceMonitor", "NetworkPolicy", "PodDisruptionBudget", "Secret"}
    flags = ("--set=serviceMonitor.enabled=true,networkPolicy.enabled=true,replicas=2,crds.enabled=false",)
    switched = find_kinds(render(bare_cluster, *flags))
    assert switched >= {"ServiceMonitor", "NetworkPolicy", "PodDisruptionBudget"}
    assert "CustomResourceDefinition" not in switched
