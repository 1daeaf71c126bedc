"""Steps that share a pod, on a real kubelet: outputs, logs, retries, deadlines and cancel are each step's own."""

from typing import Any

from support.namespaces import Namespace, write_run
from support.plugins import Said, say, wait_for_line

IMAGE = 'defaults: {image: "python:3.12-slim"}'
LONG = 'trap "echo saving; exit 7" TERM; echo started; while :; do sleep 0.1; done'
HEAD = f"fuse: true, {IMAGE}"


def chain(*steps: str) -> str:
    """A graph of steps s0, s1, ..., of which each needs the one before; each is the rest of its fields."""
    written = [
        f"{{name: s{index}, needs: [{f's{index - 1}' if index else ''}], {fields}}}"
        for index, fields in enumerate(steps)
    ]
    return f"{{{HEAD}, steps: [{', '.join(written)}]}}"


def list_pods(namespace: Namespace, run: str) -> dict[str, list[str]]:
    """The containers of each pod of a Run, in the order in which they run, by the pod's name."""
    return {
        pod["metadata"]["name"]: [
            container["name"]
            for kind in ("initContainers", "containers")
            for container in pod["spec"].get(kind, [])
        ]
        for pod in namespace.get_pods(run)
    }


def tell(status: dict[str, Any]) -> dict[str, tuple[str, str, int]]:
    """Phase, reason and attempt of each step."""
    return {name: (step["phase"], step["reason"], step["attempt"]) for name, step in status["steps"].items()}


def test_a_chain_whose_outputs_a_later_step_reads(namespace: Namespace) -> None:
    write = (
        "outputs: [out], script: 'echo $LONGSHORE_STEP; echo out=$LONGSHORE_STEP > $LONGSHORE_OUTPUT; touch x; ls'"
    )
    read = "env: [{name: READ, value: '$(steps.s0.outputs.out + steps.s3.outputs.out)'}], script: 'echo got $READ'"
    namespace.apply(write_run("chain", chain(write, write, write, write, read)))
    status = namespace.finish("chain")
    assert tell(status) == {f"s{index}": ("Succeeded", "Completed", 1) for index in range(5)}
    assert [status["steps"][f"s{index}"]["outputs"] for index in range(4)] == [{"out": f"s{i}"} for i in range(4)]
    assert sorted(list_pods(namespace, "chain").values()) == [["s0", "s1", "s2", "s3"], ["step"]]
    logs = say(namespace, "logs", "chain").out
    assert logs == "".join(f"s{index} │ s{index}\ns{index} │ x\n" for index in range(4)) + "s4 │ got s0s3\n"
    assert say(namespace, "logs", "chain", "s2", "--follow") == Said(0, "s2\nx\n")
    assert namespace.kubectl("logs", status["steps"]["s1"]["pod"], "-c", "s1") == "s1\nx\n"


def test_a_failure_in_the_middle_is_retried_in_a_pod_of_its_own(namespace: Namespace) -> None:
    script = "echo try $LONGSHORE_ATTEMPT; test $LONGSHORE_ATTEMPT = 2"
    flaky = f"retry: {{limit: 1, backoff: {{seconds: 0}}}}, script: '{script}'"
    last = "script: 'echo at last'"
    namespace.apply(write_run("flaky", chain("script: 'true'", flaky, last)))
    status = namespace.finish("flaky")
    assert tell(status) == {
        "s0": ("Succeeded", "Completed", 1),
        "s1": ("Succeeded", "Completed", 2),
        "s2": ("Succeeded", "Completed", 1),
    }
    assert sorted(list_pods(namespace, "flaky").values()) == [["s0", "s1", "s2"], ["step"], ["step"]]
    assert len({step["pod"] for step in status["steps"].values()}) == 3
    assert say(namespace, "logs", "flaky", "s1", "--attempt", "1") == Said(0, "try 1\n")
    assert say(namespace, "logs", "flaky").out == "s1#2 │ try 2\ns2   │ at last\n"


def test_a_failure_is_told_by_its_own_log(namespace: Namespace) -> None:
    namespace.apply(
        write_run("broken", chain("script: echo fine", "script: echo broken; exit 3", "script: 'true'"))
    )
    status = namespace.finish("broken")
    assert tell(status) == {
        "s0": ("Succeeded", "Completed", 1),
        "s1": ("Failed", "Error", 1),
        "s2": ("Skipped", "NeedFailed", 1),
    }
    assert status["message"] == "step 's1' failed (Error, exit code 3): broken"
    watched = say(namespace, "watch", "broken")
    assert watched.code == 1
    assert "broken" in watched.out
    assert "fine" not in watched.out


def test_a_deadline_in_the_middle_lets_the_step_end_in_good_order(namespace: Namespace) -> None:
    steps = ("script: 'true'", f"activeDeadlineSeconds: 3, script: '{LONG}'", "script: 'true'")
    namespace.apply(write_run("slow", chain(*steps)))
    status = namespace.finish("slow")
    assert tell(status) == {
        "s0": ("Succeeded", "Completed", 1),
        "s1": ("Failed", "DeadlineExceeded", 1),
        "s2": ("Skipped", "NeedFailed", 1),
    }
    assert status["steps"]["s1"]["exitCode"] == 7
    assert namespace.read_log("slow", "s1") == "started\nsaving\n"


def test_cancel_ends_the_step_that_runs_and_all_after_it(namespace: Namespace) -> None:
    namespace.apply(write_run("endless", chain("script: 'true'", f"script: '{LONG}'", "script: 'true'")))
    wait_for_line(namespace, "endless", "s1", "started")
    namespace.longshore("cancel", "endless")
    status = namespace.finish("endless")
    assert status["phase"] == "Canceled"
    assert tell(status) == {
        "s0": ("Succeeded", "Completed", 1),
        "s1": ("Canceled", "RunCanceled", 1),
        "s2": ("Canceled", "RunCanceled", 1),
    }
    assert namespace.read_log("endless", "s1") == "started\nsaving\n"


def test_a_pod_that_waits_for_an_image_is_canceled_and_keeps_the_logs_of_what_ran(namespace: Namespace) -> None:
    steps = ("script: echo kept", "image: 'registry.invalid/nothing:1', script: 'true'")
    namespace.apply(write_run("no-image", chain(*steps, "script: 'true'")))
    namespace.wait_for_step("no-image", "s0", "Succeeded")
    namespace.longshore("cancel", "no-image")
    status = namespace.finish("no-image")
    assert status["steps"]["s1"]["phase"] == "Canceled"
    assert namespace.read_log("no-image", "s0") == "kept\n"
