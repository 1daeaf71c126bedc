"""debug: OnFailure on a real cluster: a failure can be looked into, and nothing else is kept."""

import json
import re
from typing import Any

from support.namespaces import Namespace

IMAGE = "python:3.12-slim"


def write(name: str, *steps: dict[str, Any]) -> str:
    """A Run whose steps are kept when they fail."""
    graph = {"defaults": {"image": IMAGE, "debug": "OnFailure"}, "steps": steps}
    run = {"apiVersion": "longshore.dev/v1alpha1", "kind": "Run", "metadata": {"name": name}}
    return json.dumps({**run, "spec": {"workflowSpec": graph}})


def get_phases(namespace: Namespace, run: str) -> dict[str, str]:
    """The phases of a Run's pods by attempt."""
    return {
        pod["metadata"]["labels"]["longshore.dev/attempt"]: pod["status"]["phase"]
        for pod in namespace.get_pods(run)
    }


def test_a_failure_is_looked_into_by_the_command_that_the_plugin_says(namespace: Namespace) -> None:
    step = {"name": "build", "script": "echo 41 > result.txt; exit 3", "env": [{"name": "A", "value": "it's $5"}]}
    namespace.apply(write("failed", step))
    status = namespace.finish("failed")
    assert (status["phase"], status["steps"]["build"]["exitCode"]) == ("Failed", 3)
    for view in ("tree", "describe"):
        shown = namespace.longshore(view, "failed")
        [command] = re.findall(r"kubectl exec -it (.*) -- sh", shown)
        started = "jsonpath={.status.containerStatuses[?(@.name=='debug')].started}=true"
        namespace.wait(f"pod/{status['steps']['build']['pod']}", started)
        found = namespace.kubectl("exec", *command.split(), "--", "sh", "-c", 'cat result.txt; echo "$A"; id -u')
        assert found == "41\nit's $5\n1000\n"


def test_retries_go_on_and_a_success_is_not_kept(namespace: Namespace) -> None:
    retry = {"limit": 1, "backoff": {"seconds": 1}}
    namespace.apply(write("flaky", {"name": "build", "script": "test $LONGSHORE_ATTEMPT = 2", "retry": retry}))
    assert namespace.finish("flaky")["phase"] == "Succeeded"
    [last] = [
        pod["metadata"]["name"]
        for pod in namespace.get_pods("flaky")
        if pod["metadata"]["labels"]["longshore.dev/attempt"] == "2"
    ]
    # Ended by its deadline, so that its log stays.
    namespace.wait(f"pod/{last}", "jsonpath={.status.reason}=DeadlineExceeded")
    assert get_phases(namespace, "flaky") == {"1": "Running", "2": "Failed"}
    assert "kubectl exec" not in namespace.longshore("describe", "flaky")


def test_a_cancel_keeps_nothing(namespace: Namespace) -> None:
    namespace.apply(write("canceled", {"name": "build", "script": "exec sleep 600", "gracePeriodSeconds": 1}))
    namespace.wait_for_step("canceled", "build", "Running")
    namespace.longshore("cancel", "canceled")
    assert namespace.finish("canceled")["phase"] == "Canceled"
    [pod] = namespace.get_pods("canceled")
    namespace.wait(f"pod/{pod['metadata']['name']}", "jsonpath={.status.phase}=Failed")


def test_an_image_without_a_shell_runs_as_ever(namespace: Namespace) -> None:
    """As near as this image comes to one: the path that the container is started by has none."""
    path = [{"name": "PATH", "value": "/nowhere"}]
    command = ["/usr/bin/python3", "-c", "print('done')"]
    namespace.apply(write("bare", {"name": "build", "command": command, "env": path}))
    status = namespace.finish("bare")
    assert status["phase"] == "Succeeded", status
    assert namespace.read_log("bare", "build") == "done\n"
    [pod] = namespace.get_pods("bare")
    namespace.wait(f"pod/{pod['metadata']['name']}", "jsonpath={.status.phase}=Failed")
