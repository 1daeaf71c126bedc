"""Services beside a step on a real cluster: ready before it, gone after it, and never what it failed of."""

import json
from collections.abc import Mapping

from support.clusters import CommandError
from support.namespaces import Namespace

IMAGE = "python:3.12-slim"
LISTEN = "import http.server as h; h.HTTPServer(('', 8080), h.SimpleHTTPRequestHandler).serve_forever()"
READY = {"httpGet": {"path": "/", "port": 8080}}
ASK = "python -c 'import urllib.request as r; print(r.urlopen(\"http://localhost:8080\").status)'"


def write(name: str, script: str, service: Mapping[str, object], **fields: object) -> str:
    """A Run of one step with a service named web."""
    services = [{"name": "web", "container": {"image": IMAGE, **service}}]
    step = {"name": "test", "image": IMAGE, "script": script, "services": services, **fields}
    run = {"apiVersion": "longshore.dev/v1alpha1", "kind": "Run", "metadata": {"name": name}}
    return json.dumps({**run, "spec": {"workflowSpec": {"steps": [step]}}})


def test_a_service_is_ready_when_its_step_starts_and_gone_when_it_ends(namespace: Namespace) -> None:
    wait = "until test -e /tmp/go; do sleep 0.2; done"
    late = {"command": ["sh", "-c", f'{wait}; echo serving; exec python -c "{LISTEN}"'], "readinessProbe": READY}
    # A program that is the first of its container and handles no SIGTERM lives until the grace has passed.
    namespace.apply(write("ready", ASK, late, gracePeriodSeconds=2))
    namespace.wait("runs.longshore.dev/ready", "jsonpath={.status.steps.test.reason}=ServiceNotReady")
    said = "step 'test' waits (ServiceNotReady): service web runs, and its probe has not passed yet"
    assert said in namespace.get_status("ready")["message"]
    assert said in namespace.longshore("tree", "ready")
    [pod] = namespace.get_pods("ready")
    namespace.kubectl("exec", pod["metadata"]["name"], "--container=web", "--", "touch", "/tmp/go")  # noqa: S108 - the container's
    assert namespace.finish("ready")["phase"] == "Succeeded"
    assert namespace.longshore("logs", "ready", "test") == "200\n"
    assert namespace.longshore("logs", "ready", "test", "-c", "web").startswith("serving\n")
    namespace.wait(f"pod/{pod['metadata']['name']}", "jsonpath={.status.phase}=Succeeded")
    [web] = namespace.get_pods("ready")[0]["status"]["initContainerStatuses"]
    assert web["state"]["terminated"]["exitCode"] == 137, "and that is not what became of the step"


def test_a_service_that_crashes_says_so_until_the_deadline(namespace: Namespace) -> None:
    crash = {"command": ["sh", "-c", "echo no password is set >&2; exit 3"], "readinessProbe": READY}
    namespace.apply(write("crash", "true", crash, pendingDeadlineSeconds=30))
    namespace.wait("runs.longshore.dev/crash", "jsonpath={.status.steps.test.reason}=ServiceCrashed")
    said = "service web ended with exit code 3 and is started anew: no password is set"
    assert namespace.get_status("crash")["steps"]["test"]["message"] == said
    assert "no password is set" in namespace.longshore("logs", "crash", "test", "--container=web")
    status = namespace.finish("crash")
    assert status["steps"]["test"]["reason"] == "PendingDeadlineExceeded"
    assert said in status["message"]


def test_a_service_that_dies_is_started_again_beside_the_step(namespace: Namespace) -> None:
    twice = "test -e /shared/once && touch /shared/twice && exec sleep 600; touch /shared/once; exit 7"
    mounts = [{"name": "shared", "mountPath": "/shared"}]
    service = {"command": ["sh", "-c", twice], "volumeMounts": mounts}
    script = "until test -e /shared/twice; do sleep 0.2; done; id -u"
    volumes = [{**mounts[0], "emptyDir": {}}]
    namespace.apply(write("again", script, service, volumes=volumes, gracePeriodSeconds=1))
    assert namespace.finish("again")["phase"] == "Succeeded"
    assert namespace.read_log("again", "test") == "1000\n"
    [web] = namespace.get_pods("again")[0]["status"]["initContainerStatuses"]
    assert web["restartCount"] == 1


def test_an_image_of_a_service_that_never_comes_fails_at_once(namespace: Namespace) -> None:
    namespace.apply(write("image", "true", {"image": "Not an image"}))
    status = namespace.finish("image")
    assert status["steps"]["test"]["reason"] == "ImagePullFailed"
    assert "container web" in status["message"]


def test_what_a_container_can_not_have_is_told_by_the_workflow(namespace: Namespace) -> None:
    run = json.loads(write("wrong", "true", {"readinesProbe": READY}))
    flow = {**run, "kind": "Workflow", "spec": run["spec"]["workflowSpec"]}
    namespace.apply(json.dumps(flow))
    namespace.wait("workflows.longshore.dev/wrong", "condition=Accepted=False")
    assert "readinesProbe" in namespace.kubectl("describe", "workflows.longshore.dev", "wrong")
    namespace.apply(json.dumps(run))
    status = namespace.finish("wrong")
    assert status["steps"]["test"]["reason"] == "PodRejected"
    assert "readinesProbe" in status["message"]


def test_a_privileged_service_is_refused(namespace: Namespace) -> None:
    privileged = write("unsafe", "true", {"securityContext": {"privileged": True}})
    try:
        namespace.apply(privileged)
    except CommandError as error:
        assert "Baseline" in str(error)  # noqa: PT017 - the policy refuses it
    else:
        raise AssertionError("a privileged service was accepted")
