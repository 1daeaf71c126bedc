"""Owns how the credentials of an Agent reach a step's container. Must not know any value of a Secret.

Env      variables, one for each key
Files    files, one for each key, in /longshore/credentials/<name>
Git      the same files, and variables by which git and ssh use them
Docker   a file config.json there, and the variable that tells docker so

The kubelet renews the files of a Secret that changes, as it would not if they were mounted by subPath.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from longshore import names
from longshore.api.agents import Credential
from longshore.manifests.checkouts import CREDENTIALS
from longshore.manifests.git_access import build_git_variables

CREDENTIAL_VOLUME = "longshore-credential"
"""What the names of our volumes of Secrets begin with, the checkout's too."""
DOCKER_KEY = ".dockerconfigjson"
"""Of a Secret of the type kubernetes.io/dockerconfigjson."""

Manifest = dict[str, Any]


def add_credentials(pod: Manifest, credentials: Sequence[Credential]) -> Manifest:
    """The pod with these credentials in its only container; a variable of the step replaces one of ours."""
    if not credentials:
        return pod
    spec, [step] = pod["spec"], pod["spec"]["containers"]
    given = {variable["name"] for variable in step["env"]}
    variables = dict(_build_variables(credentials))
    ours = [
        # The kubelet expands $(VAR) and $$ in values.
        {"name": name, "value": value.replace("$", "$$")}
        for name, value in variables.items()
        if name not in given
    ]
    sources = [{"secretRef": {"name": each.secret_ref.name}} for each in credentials if each.as_ == "Env"]
    mounted = [each for each in credentials if each.as_ != "Env"]
    container = {
        **step,
        "env": [*ours, *step["env"]],
        "envFrom": [*sources, *step.get("envFrom", ())],
        "volumeMounts": [*step["volumeMounts"], *_build_mounts(mounted)],
    }
    if not container["envFrom"]:
        del container["envFrom"]
    volumes = [*spec["volumes"], *_build_volumes(mounted)]
    announced = {**pod["metadata"]["annotations"], names.CREDENTIALS_ANNOTATION: _announce(credentials)}
    return {
        **pod,
        "metadata": {**pod["metadata"], "annotations": announced},
        "spec": {**spec, "containers": [container], "volumes": volumes},
    }


def select_credentials(credentials: Iterable[Credential], asked: Sequence[str]) -> list[Credential]:
    """Those of an Agent's that are asked for, in that order."""
    known = {each.name: each for each in credentials}
    return [known[name] for name in asked if name in known]


def find_clash(credentials: Sequence[Credential]) -> str:
    """Why an Agent can't give all of these to one step; empty where it can."""
    dockers = [each.name for each in credentials if each.as_ == "Docker"]
    if len(dockers) < 2:
        return ""
    return f"can't give credentials {', '.join(dockers)} together: a step has one docker config"


def is_credential_volume(name: str) -> bool:
    """Whether a volume of this name has a Secret's values, so that only Longshore may mount it."""
    return name.startswith(CREDENTIAL_VOLUME)


def is_credential_place(path: str) -> bool:
    """Whether values of Secrets are there."""
    return path == CREDENTIALS or path.startswith(f"{CREDENTIALS}/")


def _build_variables(credentials: Sequence[Credential]) -> Iterator[tuple[str, str]]:
    if folders := [_find_folder(each) for each in credentials if each.as_ == "Git"]:
        yield from build_git_variables(folders).items()
    for each in credentials:
        if each.as_ == "Docker":
            yield "DOCKER_CONFIG", _find_folder(each)


def _build_mounts(credentials: Sequence[Credential]) -> Iterator[Manifest]:
    for index, each in enumerate(credentials):
        yield {"name": f"{CREDENTIAL_VOLUME}-{index}", "mountPath": _find_folder(each), "readOnly": True}


def _build_volumes(credentials: Sequence[Credential]) -> Iterator[Manifest]:
    for index, each in enumerate(credentials):
        # Root's, and for the pod's group to read: so are all volumes of Secrets where there is a fsGroup.
        secret: Manifest = {"secretName": each.secret_ref.name, "defaultMode": 0o440}
        if each.as_ == "Docker":
            secret["items"] = [{"key": DOCKER_KEY, "path": "config.json"}]
        yield {"name": f"{CREDENTIAL_VOLUME}-{index}", "secret": secret}


def _find_folder(credential: Credential) -> str:
    return f"{CREDENTIALS}/{credential.name}"


def _announce(credentials: Sequence[Credential]) -> str:
    """So that people, and the planner, see what the pod waits for where a Secret is missing."""
    return json.dumps([each.to_json() for each in credentials])
