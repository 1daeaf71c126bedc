"""Owns the containers beside a step that carry its files over HTTP. Must not know what the files are.

`inputs` runs before the step, `artifacts` is a native sidecar until the pod ends. A pod has one grace, of which
a sidecar gets what the step leaves: so the pod's is the step's and the time to send.
"""

import json
from typing import Any

from longshore import names
from longshore.api.fields import Model
from longshore.manifests.safety import build_container_security
from longshore.manifests.transfers import (
    ACCESS,
    ACCESS_VOLUME,
    ARTIFACTS,
    ARTIFACTS_VOLUME,
    INPUTS,
    INPUTS_VOLUME,
    Manifest,
    Transfer,
    build_transfer_mounts,
    build_transfer_volumes,
)

TOKEN_SECONDS = 3600
_RESOURCES = {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"cpu": "1", "memory": "128Mi"}}


def add_transfer(pod: Manifest, transfer: Transfer) -> Manifest:
    """The pod with what its step's files need to travel."""
    spec, [step] = pod["spec"], pod["spec"]["containers"]
    given = {variable["name"] for variable in step["env"]}
    ours = [
        {"name": name, "value": value} for name, value in transfer.build_variables().items() if name not in given
    ]
    mounts = [*step["volumeMounts"], *build_transfer_mounts(transfer)]
    carried = {
        "containers": [{**step, "env": [*ours, *step["env"]], "volumeMounts": mounts}],
        "volumes": [*spec["volumes"], *build_transfer_volumes(transfer)],
    }
    if transfer.fetches or transfer.sends:
        carried |= _build_courier_fields(spec, transfer)
        carried["volumes"].append(_build_access_volume())
    return {**pod, "metadata": _announce(pod["metadata"], transfer), "spec": {**spec, **carried}}


def _announce(metadata: Manifest, transfer: Transfer) -> Manifest:
    """The archive learns from the pod what is to come of it."""
    if not transfer.is_announced:
        return metadata
    said = json.dumps(
        {transfer.attempt.path: transfer.files.model_dump(mode="json", by_alias=True, exclude_none=True)}
    )
    return {**metadata, "annotations": {**metadata["annotations"], names.ARTIFACTS_ANNOTATION: said}}


def _build_courier_fields(spec: Manifest, transfer: Transfer) -> Manifest:
    """The pod's containers come after the checkout, which empties its folder, and its time ends after theirs."""
    init = spec.get("initContainers", [])
    checkout = [container for container in init if container["name"] == names.CHECKOUT_CONTAINER]
    fields: Manifest = {"initContainers": [*checkout, *_build_couriers(transfer), *init[len(checkout) :]]}
    seconds = ("terminationGracePeriodSeconds", "activeDeadlineSeconds") if transfer.sends else ()
    return fields | {name: spec[name] + transfer.upload_seconds for name in seconds if name in spec}


def _build_couriers(transfer: Transfer) -> list[Manifest]:
    couriers = []
    if transfer.fetches:
        couriers.append(_build_courier(transfer, names.INPUTS_CONTAINER))
    if transfer.sends:
        couriers.append(_build_courier(transfer, names.ARTIFACTS_CONTAINER) | {"restartPolicy": "Always"})
    return couriers


def _build_access_volume() -> Manifest:
    """By what the archive knows the pod: a token that is worth nothing elsewhere, nor once the pod is gone."""
    token = {"audience": names.ARCHIVE_AUDIENCE, "expirationSeconds": TOKEN_SECONDS, "path": "token"}
    return {"name": ACCESS_VOLUME, "projected": {"sources": [{"serviceAccountToken": token}]}}


def _build_courier(transfer: Transfer, name: str) -> Manifest:
    is_sender = name == names.ARTIFACTS_CONTAINER
    build = _build_sending if is_sender else _build_fetching
    variables, mounts = build(transfer)
    variables = _build_variables(transfer) | variables
    roots = {place.volume: place.root for place in transfer.places}
    shared = [{"name": volume, "mountPath": root, "readOnly": is_sender} for volume, root in roots.items()]
    access = {"name": ACCESS_VOLUME, "mountPath": ACCESS, "readOnly": True}
    return {
        "name": name,
        "image": transfer.image,
        "args": [name],
        # The kubelet expands $(VAR) and $$ in values.
        "env": [{"name": key, "value": value.replace("$", "$$")} for key, value in variables.items()],
        "volumeMounts": [access, *shared, *mounts],
        "resources": _RESOURCES,
        "securityContext": build_container_security(),
    }


def _build_variables(transfer: Transfer) -> dict[str, str]:
    """What both have to know; every value reaches them as a variable, none is part of a command."""
    attempt = transfer.attempt
    variables = {
        "LONGSHORE_ARCHIVE": f"http://{names.ARCHIVE}.{attempt.namespace}.svc:{names.ARCHIVE_PORT}",
        "LONGSHORE_TOKEN": f"{ACCESS}/token",
        "LONGSHORE_RUN_UID": attempt.run_uid,
        "LONGSHORE_STEP": attempt.path,
        "LONGSHORE_ATTEMPT": str(attempt.number),
        "LONGSHORE_UPLOAD_SECONDS": str(transfer.upload_seconds),
    }
    for index, place in enumerate(transfer.places):
        place_json = _dump(place.cache) | {"root": place.root, "folder": place.folder}
        # One each: a variable has at most 128 KiB.
        variables[f"LONGSHORE_CACHE_{index}"] = json.dumps(place_json)
    return variables


def _build_fetching(transfer: Transfer) -> tuple[dict[str, str], list[Manifest]]:
    """Variables and mounts of the courier that fetches."""
    if not transfer.over_http or not transfer.files.inputs:
        return {}, []
    folders = json.dumps([source.folder for source in transfer.files.inputs])
    return {"LONGSHORE_INPUTS": INPUTS, "LONGSHORE_INPUT_FOLDERS": folders}, [
        {"name": INPUTS_VOLUME, "mountPath": INPUTS}
    ]


def _build_sending(transfer: Transfer) -> tuple[dict[str, str], list[Manifest]]:
    """Variables and mounts of the courier that sends."""
    if not transfer.over_http or not transfer.files.declared:
        return {}, []
    declared = json.dumps(list(map(_dump, transfer.files.declared)))
    mount = {"name": ARTIFACTS_VOLUME, "mountPath": ARTIFACTS, "readOnly": True}
    return {"LONGSHORE_ARTIFACTS": ARTIFACTS, "LONGSHORE_DECLARED": declared}, [mount]


def _dump(model: Model) -> dict[str, Any]:
    return model.model_dump(mode="json", by_alias=True)
