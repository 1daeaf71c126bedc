"""Owns the pod of an attempt. The user's container runs as it is; only a step that asks for it gets more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from longshore import names
from longshore.api.steps import Step
from longshore.manifests.attempts import Attempt
from longshore.manifests.checkouts import HOME, SOURCE, WORK, Checkout, build_checkout, build_credentials_volume
from longshore.manifests.couriers import add_transfer
from longshore.manifests.credentials import add_credentials, select_credentials
from longshore.manifests.debugs import DEBUG_SECONDS, add_debug
from longshore.manifests.merges import merge_manifests
from longshore.manifests.placements import Placement, place_pod
from longshore.manifests.safety import build_container_security, build_pod_security, secure_pod
from longshore.manifests.secrecy import hide_logs
from longshore.manifests.services import build_services
from longshore.manifests.transfers import Transfer
from longshore.manifests.volumes import build_mounts, build_volumes

PENDING_DEADLINE_SECONDS = 600
GRACE_PERIOD_SECONDS = 30
OUTPUT = "/dev/termination-log"
SCRIPT_DIRECTORY = "/longshore/script"
SCRIPT = f"{SCRIPT_DIRECTORY}/run"
VOLUMES = ("longshore-work", "longshore-home")
SCRIPT_VOLUME = "longshore-script"
SHEBANG = "#!/bin/sh -e\n"


@dataclass(frozen=True, slots=True)
class Extras:
    """What an attempt has beside its container."""

    checkout: Checkout | None = None
    transfer: Transfer | None = None
    placement: Placement | None = None

    @property
    def template(self) -> Mapping[str, Any]:
        """What the Agent says of all its pods."""
        return (self.placement and self.placement.spec.template) or {}


def build_pod(
    attempt: Attempt, step: Step, variables: Mapping[str, str], extras: Extras = Extras()
) -> dict[str, Any]:
    """The pod of an attempt.

    `step` has its expressions evaluated, and `variables` are what the attempt finds in its environment besides its
    own; both are escaped for the kubelet already.
    """
    pod = _build_plain_pod(attempt, step, variables, extras)
    if extras.transfer is not None:
        pod = add_transfer(pod, extras.transfer)
    if extras.placement is not None:
        own = extras.placement.spec.credentials
        pod = place_pod(pod, extras.placement)
        pod = add_credentials(pod, select_credentials(own, step.credentials or ()))
    for template in filter(None, (extras.template, step.template)):
        pod = secure_pod(merge_manifests(pod, template))
    pod = hide_logs(pod)
    return add_debug(pod) if step.debug else pod


def find_base(step: Step, checkout: Checkout | None) -> str:
    """Where the command of a step starts, whose expressions are evaluated."""
    return _build_working_dir(step.working_dir, SOURCE if checkout else WORK)


def _build_plain_pod(attempt: Attempt, step: Step, variables: Mapping[str, str], extras: Extras) -> dict[str, Any]:
    """The pod of an attempt whose files stay where they are, on any node, without what templates say."""
    metadata, checkout = attempt.build_metadata(), extras.checkout
    if step.script is not None:
        script = step.script if step.script.startswith("#!") else SHEBANG + step.script
        metadata["annotations"][names.SCRIPT_ANNOTATION] = script
    spec = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": _or(step.grace_period_seconds, GRACE_PERIOD_SECONDS),
        "securityContext": build_pod_security(),
        "containers": [_build_container(attempt, step, variables, find_base(step, checkout))],
        "volumes": _build_pod_volumes(attempt, step, checkout),
    }
    pending = _or(step.pending_deadline_seconds, PENDING_DEADLINE_SECONDS)
    checkouts = [build_checkout(checkout)] if checkout else []
    if helpers := [*checkouts, *build_services(step.services or (), pending)]:
        spec["initContainers"] = helpers
    if step.active_deadline_seconds is not None:
        # The operator is exact; this bounds the pod should there be no operator.
        kept = DEBUG_SECONDS if step.debug else 0
        spec["activeDeadlineSeconds"] = pending + step.active_deadline_seconds + kept
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def build_script_volume(name: str, annotation: str) -> dict[str, Any]:
    """The script in an annotation of the pod, as a file to run."""
    field = {"fieldPath": f"metadata.annotations['{annotation}']"}
    return {"name": name, "downwardAPI": {"items": [{"path": "run", "mode": 0o555, "fieldRef": field}]}}


def _build_container(attempt: Attempt, step: Step, variables: Mapping[str, str], base: str) -> dict[str, Any]:
    container: dict[str, Any] = {
        "name": names.STEP_CONTAINER,
        "image": step.image,
        "env": _build_env(attempt, step, variables),
        "workingDir": base,
        "volumeMounts": _build_pod_mounts(step),
        "securityContext": build_container_security(),
        "terminationMessagePath": OUTPUT,
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }
    if step.script is not None:
        container["command"] = [SCRIPT]
    else:
        container |= {name: list(value) for name in ("command", "args") if (value := getattr(step, name))}
    if step.env_from:
        container["envFrom"] = [source.to_json() for source in step.env_from]
    if step.resources:
        container["resources"] = step.resources.to_json()
    return container


def _build_env(attempt: Attempt, step: Step, variables: Mapping[str, str]) -> list[dict[str, Any]]:
    """Ours first, so that a step's own may refer to them; a step's own of the same name replaces ours."""
    ours = {
        **variables,
        "HOME": HOME,
        "LONGSHORE_OUTPUT": OUTPUT,
        "LONGSHORE_RUN": attempt.run,
        "LONGSHORE_STEP": attempt.path,
        "LONGSHORE_ATTEMPT": str(attempt.number),
    }
    own = [variable.to_json() for variable in step.env or ()]
    replaced = {variable["name"] for variable in own}
    return [*({"name": name, "value": value} for name, value in ours.items() if name not in replaced), *own]


def _build_working_dir(path: str | None, base: str) -> str:
    return base if not path else path if path.startswith("/") else f"{base}/{path}"


def _build_pod_mounts(step: Step) -> list[dict[str, Any]]:
    mounts = [{"name": "longshore-work", "mountPath": WORK}, {"name": "longshore-home", "mountPath": HOME}]
    if step.script is not None:
        mounts.append({"name": SCRIPT_VOLUME, "mountPath": SCRIPT_DIRECTORY})
    return [*mounts, *build_mounts(step.volumes or ())]


def _build_pod_volumes(attempt: Attempt, step: Step, checkout: Checkout | None) -> Sequence[dict[str, Any]]:
    volumes: list[dict[str, Any]] = [{"name": name, "emptyDir": {}} for name in VOLUMES]
    if step.script is not None:
        volumes.append(build_script_volume(SCRIPT_VOLUME, names.SCRIPT_ANNOTATION))
    if checkout is not None and checkout.secret:
        volumes.append(build_credentials_volume(checkout))
    return [*volumes, *build_volumes(attempt, step.volumes or ())]


def _or(value: int | None, default: int) -> int:
    return default if value is None else value
