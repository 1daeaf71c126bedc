"""A step's volumes as a pod's volumes and mounts."""

from typing import Any

import pytest
from longshore.api.containers import Volume
from longshore.manifests.volumes import build_mounts, build_volumes

SOURCES: dict[str, dict[str, Any]] = {
    "emptyDir": {"sizeLimit": "1Gi", "medium": "Memory"},
    "persistentVolumeClaim": {"claimName": "data"},
    "configMap": {"name": "settings", "optional": True},
    "secret": {"secretName": "forge"},
}


def parse(**fields: Any) -> Volume:
    return Volume.model_validate({"name": "v", "mountPath": "/v", **fields})


@pytest.mark.parametrize(("source", "fields"), SOURCES.items(), ids=SOURCES)
def test_sources(source: str, fields: dict[str, Any]) -> None:
    (volume,) = build_volumes([parse(**{source: fields})])
    assert volume["name"] == "v"
    assert volume[source].items() >= fields.items()
    assert set(volume) == {"name", source}


def test_without_a_source_it_is_empty() -> None:
    assert build_volumes([parse()]) == [{"name": "v", "emptyDir": {}}]
    assert build_volumes([parse(emptyDir={})]) == [{"name": "v", "emptyDir": {}}]


def test_mounts() -> None:
    plain, full = parse(), parse(subPath="a/b", readOnly=True)
    assert build_mounts([plain]) == [{"name": "v", "mountPath": "/v"}]
    assert build_mounts([full]) == [{"name": "v", "mountPath": "/v", "subPath": "a/b", "readOnly": True}]


def test_none() -> None:
    assert (build_volumes([]), build_mounts([])) == ([], [])
