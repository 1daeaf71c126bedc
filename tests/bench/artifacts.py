"""What artifacts cost: a chain that passes one at each step, and a large one that is fetched.

Both need the claim `artifacts`, which steps mount: the file server that is compared with serves it too.
"""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from statistics import median

from bench.results import Figure, divide
from bench.sites import Site
from bench.works import Json, Work
from longshore.names import ARCHIVE, ARCHIVE_PORT, ARTIFACTS_CLAIM
from support.images import EXAMPLES

STORAGE_CLASS = "standard"
"""Has to know ReadWriteMany: that of tests/cluster does."""
ROUNDS = 3
FETCHES = 5
LARGE = 2**30
READER = "reader"
PASS_ON = """
test -z "${LONGSHORE_INPUTS-}" || cat "$LONGSHORE_INPUTS"/*/state
date > "$LONGSHORE_ARTIFACTS/state"
"""


async def measure_artifacts(site: Site) -> AsyncIterator[Figure]:
    """A chain with an artifact at each step against one without, and 1 GiB against a plain file server."""
    site.have_archive()
    plain = Work("plain", length=5, graph=_build_graph("true"))
    passing = replace(plain, name="passing", graph=_build_graph(PASS_ON, "state"))
    await site.time_runs(replace(plain, name="first"))  # the first Run waits for the archive's claims
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(ROUNDS):
        for work, found in zip((plain, passing), times, strict=True):
            found.append(await site.time_runs(replace(work, name=f"{work.name}-{number}")))
    detail = f"{median(times[1]):.1f} s, without {median(times[0]):.1f} s"
    yield Figure("chain-5 with artifacts, x without", divide(times[1], times[0]), "x", 1.3, detail=detail)
    yield await _measure_fetches(site)


async def _measure_fetches(site: Site) -> Figure:
    command = f'head -c {LARGE} /dev/urandom > "$LONGSHORE_ARTIFACTS/large"'
    await site.time_runs(Work("large", graph=_build_graph(command, "large")))
    uid = _kubectl(site, "get", "run.longshore.dev", "large-0", "--output=jsonpath={.metadata.uid}")
    theirs = f"{await _serve_plainly(site, f'{uid}/s0-0/1')}/large"
    token, ours = _make_reader(site), f"http://{_find_address(site, ARCHIVE)}:{ARCHIVE_PORT}/v1"
    [artifact] = json.loads(_curl(f"{ours}/runs/{uid}/artifacts", token))["items"]
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(FETCHES):
        times[0].append(await asyncio.to_thread(_time_fetch, f"{ours}/artifacts/{artifact['id']}/content", token))
        times[1].append(await asyncio.to_thread(_time_fetch, theirs, token))
    speeds = [LARGE / 2**20 / median(each) for each in times]
    detail = f"{speeds[0]:.0f} MiB/s, file server {speeds[1]:.0f} MiB/s"
    return Figure(
        "1 GiB artifact, x speed of a file server", divide(times[1], times[0]), "x", 0.7, "higher", detail
    )


def _build_graph(command: str, artifact: str = "") -> Json:
    """A graph of steps that do this, and leave a file of this name."""
    artifacts = {"artifacts": [{"name": artifact, "path": artifact}]} if artifact else {}
    return {"defaults": {"image": EXAMPLES.name, "command": ["/bin/sh", "-ec", command], **artifacts}}


async def _serve_plainly(site: Site, folder: str) -> str:
    """Serve a folder of the claim by Python's own file server, on the archive's node; where it answers."""
    node = "--output=jsonpath={.items[0].spec.nodeName}"
    labels = {"app": "files"}
    container = {
        "name": "files",
        "image": EXAMPLES.name,
        "command": ["python3", "-m", "http.server", str(ARCHIVE_PORT), "--directory", "/files"],
        "volumeMounts": [{"name": "files", "mountPath": "/files", "subPath": folder, "readOnly": True}],
        "readinessProbe": {"httpGet": {"port": ARCHIVE_PORT}, "periodSeconds": 1},
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "files", "labels": labels},
        "spec": {
            "nodeName": _kubectl(site, "get", "pods", f"--selector=app.kubernetes.io/component={ARCHIVE}", node),
            "containers": [container],
            "volumes": [{"name": "files", "persistentVolumeClaim": {"claimName": ARTIFACTS_CLAIM}}],
        },
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "files"},
        "spec": {"selector": labels, "ports": [{"port": ARCHIVE_PORT}]},
    }
    for manifest in (pod, service):
        _kubectl(site, "apply", "--filename=-", stdin=json.dumps(manifest))
    _kubectl(site, "wait", "pod/files", "--for=condition=Ready", "--timeout=60s")
    return f"http://{_find_address(site, 'files')}:{ARCHIVE_PORT}"


def _make_reader(site: Site) -> str:
    """Somebody who may read Runs and logs; answers the token."""
    rights = "--resource=runs.longshore.dev,pods/log"
    _kubectl(site, "create", "serviceaccount", READER)
    _kubectl(site, "create", "role", READER, "--verb=get", rights)
    _kubectl(
        site, "create", "rolebinding", READER, f"--role={READER}", f"--serviceaccount={site.namespace}:{READER}"
    )
    return _kubectl(site, "create", "token", READER).strip()


def _find_address(site: Site, service: str) -> str:
    return _kubectl(site, "get", "service", service, "--output=jsonpath={.spec.clusterIP}")


def _kubectl(site: Site, *arguments: str, stdin: str | None = None) -> str:
    return site.cluster.kubectl("--namespace", site.namespace, *arguments, stdin=stdin)


def _time_fetch(url: str, token: str) -> float:
    """Seconds until all of it was there."""
    return float(_curl(url, token, "--output", "/dev/null", "--write-out", "%{time_total}"))


def _curl(url: str, token: str, *flags: str) -> str:
    header = f"Authorization: Bearer {token}"
    command = ("curl", "--silent", "--show-error", "--fail", "--header", header, *flags, url)
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
