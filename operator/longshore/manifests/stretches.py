"""Owns the pod that a stretch of steps shares: one container after the other. Must not know which may share one.

Each step finds what it would find in a pod of its own: its working directory, HOME and script are its own.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from longshore import names
from longshore.manifests.pods import SCRIPT_VOLUME, VOLUMES, build_script_volume

Manifest = dict[str, Any]


def fuse_pods(pods: Sequence[Manifest]) -> Manifest:
    """The pod that does what these would do one after the other; it has the name and labels of the first.

    Each is as build_pod makes it, with one container, which here has the name of its step. All but the last become
    init containers, which run in sequence, and the first that fails ends the pod.
    """
    if len(pods) == 1:
        return pods[0]
    parts = [_set_apart(pod, index) for index, pod in enumerate(pods)]
    *init, main = [_name_container(part) for part in parts]
    annotations = {name: text for part in parts for name, text in part["metadata"]["annotations"].items()}
    annotations |= {
        names.PATH_ANNOTATION: init[0]["name"],
        names.FUSED_ANNOTATION: ",".join(container["name"] for container in (*init, main)),
        "kubectl.kubernetes.io/default-container": main["name"],
    }
    volumes = {volume["name"]: volume for part in parts for volume in part["spec"]["volumes"]}
    spec = {
        **parts[0]["spec"],
        "activeDeadlineSeconds": _sum_deadlines(pods),
        "initContainers": init,
        "containers": [main],
        "volumes": list(volumes.values()),
    }
    spec = {name: value for name, value in spec.items() if value is not None}
    return {**parts[0], "metadata": {**parts[0]["metadata"], "annotations": annotations}, "spec": spec}


def list_fused(pod: Mapping[str, Any]) -> tuple[str, ...]:
    """The steps that share the pod, in their order; empty for the pod of one attempt."""
    annotations = pod["metadata"].get("annotations", {})
    return tuple(filter(None, annotations.get(names.FUSED_ANNOTATION, "").split(",")))


def _set_apart(pod: Manifest, index: int) -> Manifest:
    """The pod with its own annotation and volumes named so that they differ from those of the others."""
    new = {name: f"{name}-{index}" for name in (*VOLUMES, SCRIPT_VOLUME)}
    annotations, spec = dict(pod["metadata"]["annotations"]), pod["spec"]
    if names.SCRIPT_ANNOTATION in annotations:
        annotations[f"{names.SCRIPT_ANNOTATION}-{index}"] = annotations.pop(names.SCRIPT_ANNOTATION)
    script = build_script_volume(new[SCRIPT_VOLUME], f"{names.SCRIPT_ANNOTATION}-{index}")
    [container] = spec["containers"]
    mounts = [{**mount, "name": new.get(mount["name"], mount["name"])} for mount in container["volumeMounts"]]
    volumes = [
        script if volume["name"] == SCRIPT_VOLUME else {**volume, "name": new.get(volume["name"], volume["name"])}
        for volume in spec["volumes"]
    ]
    apart = {**spec, "containers": [{**container, "volumeMounts": mounts}], "volumes": volumes}
    return {**pod, "metadata": {**pod["metadata"], "annotations": annotations}, "spec": apart}


def _name_container(pod: Manifest) -> Manifest:
    [container] = pod["spec"]["containers"]
    return {**container, "name": pod["metadata"]["annotations"][names.PATH_ANNOTATION]}


def _sum_deadlines(pods: Sequence[Manifest]) -> int | None:
    """What bounds the pod should there be no operator: nothing where one of its steps has no deadline."""
    seconds = [pod["spec"].get("activeDeadlineSeconds") for pod in pods]
    return None if None in seconds else sum(seconds)
