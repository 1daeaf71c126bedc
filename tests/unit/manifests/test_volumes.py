"""A step's volumes as a pod's volumes and mounts."""

import re
from typing import Any

import pytest
from longshore.api.containers import RunVolume, Volume
from longshore.manifests.attempts import Attempt
from longshore.manifests.claims import build_claim
from longshore.manifests.volumes import build_mounts, build_volumes

ATTEMPT = Attempt("ci", "nightly", "3f9c1a52", "release", "build", 2)
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
    (volume,) = build_volumes(ATTEMPT, [parse(**{source: fields})])
    assert volume["name"] == "v"
    assert volume[source].items() >= fields.items()
    assert set(volume) == {"name", source}


def test_without_a_source_it_is_empty() -> None:
    assert build_volumes(ATTEMPT, [parse()]) == [{"name": "v", "emptyDir": {}}]
    assert build_volumes(ATTEMPT, [parse(emptyDir={})]) == [{"name": "v", "emptyDir": {}}]


def test_mounts() -> None:
    plain, full = parse(), parse(subPath="a/b", readOnly=True)
    assert build_mounts([plain]) == [{"name": "v", "mountPath": "/v"}]
    assert build_mounts([full]) == [{"name": "v", "mountPath": "/v", "subPath": "a/b", "readOnly": True}]


def test_none() -> None:
    assert (build_volumes(ATTEMPT, []), build_mounts([])) == ([], [])


def test_a_volume_of_the_run_is_one_claim_for_all_its_attempts() -> None:
    other = Attempt("ci", "nightly", "3f9c1a52", "release", "test[3]", 1)
    wanted = RunVolume.model_validate({"size": "1Gi"})
    claim = build_claim(ATTEMPT, "v", wanted)
    assert claim == build_claim(other, "v", wanted)
    assert build_volumes(ATTEMPT, [parse(run={"size": "1Gi"})]) == [
        {"name": "v", "persistentVolumeClaim": {"claimName": claim["metadata"]["name"]}}
    ]
    metadata = claim["metadata"]
    assert metadata["labels"] == {
        "app.kubernetes.io/managed-by": "longshore",
        "longshore.dev/run": "nightly",
        "longshore.dev/run-uid": "3f9c1a52",
    }
    (owner,) = metadata["ownerReferences"]
    assert (owner["kind"], owner["uid"], owner["controller"]) == ("Run", "3f9c1a52", True)
    assert claim["spec"] == {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


def test_the_claim_asks_for_what_the_volume_says() -> None:
    wanted = RunVolume.model_validate({"size": 7, "storageClassName": "fast", "accessMode": "ReadWriteMany"})
    assert build_claim(ATTEMPT, "v", wanted)["spec"] == {
        "accessModes": ["ReadWriteMany"],
        "resources": {"requests": {"storage": 7}},
        "storageClassName": "fast",
    }


@pytest.mark.parametrize("run", ["nightly", "a.b", "x" * 63])
@pytest.mark.parametrize("volume", ["v", "y" * 63])
def test_the_name_of_a_claim_is_one_whatever_it_is_made_from(run: str, volume: str) -> None:
    name = Attempt("ci", run, "3f9c1a52", "", "build", 1).name_claim(volume)
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name)
    assert name != Attempt("ci", run, "another", "", "build", 1).name_claim(volume)
