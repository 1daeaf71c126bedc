"""What goes wrong with a step's pod: the Run says what, why, and never hangs."""

import pytest
from support.clusters import CommandError
from support.namespaces import UNTIL_LET_GO, Namespace, let_go, write_run

IMAGE = "python:3.12-slim"


def test_an_image_that_can_never_be_pulled_fails_at_once(namespace: Namespace) -> None:
    namespace.apply(write_run("image", "{steps: [{name: build, image: 'Not an image'}]}"))
    status = namespace.finish("image")
    assert (status["phase"], status["steps"]["build"]["reason"]) == ("Failed", "ImagePullFailed")
    assert "Not an image" in status["message"]


def test_an_image_whose_registry_is_away_is_waited_for(namespace: Namespace) -> None:
    step = "{name: build, image: 'localhost/there/is/none:1', pendingDeadlineSeconds: 40}"
    namespace.apply(write_run("image", f"{{steps: [{step}]}}"))
    namespace.wait("runs.longshore.dev/image", "jsonpath={.status.steps.build.reason}=ImagePullBackOff")
    assert "localhost/there/is/none:1" in namespace.get_status("image")["message"]
    status = namespace.finish("image")
    assert (status["phase"], status["steps"]["build"]["reason"]) == ("Failed", "PendingDeadlineExceeded")


def test_a_missing_secret_is_named_while_the_step_waits_for_it(namespace: Namespace) -> None:
    step = (
        f"{{name: use, image: '{IMAGE}', script: test \"$TOKEN\" = abc,"
        " env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: late, key: token}}}]}"
    )
    namespace.apply(write_run("secret", f"{{steps: [{step}]}}"))
    namespace.wait("runs.longshore.dev/secret", "jsonpath={.status.steps.use.reason}=ConfigMissing")
    cause = 'CreateContainerConfigError: secret "late" not found'
    # Not at once: a kubelet that is slow to read the Secret says so first.
    message = f"step 'use' waits (ConfigMissing): container step: {cause}"
    namespace.wait("runs.longshore.dev/secret", f"jsonpath={{.status.message}}={message}")
    namespace.kubectl("create", "secret", "generic", "late", "--from-literal=token=abc")
    assert namespace.finish("secret")["phase"] == "Succeeded"


def test_a_secret_that_stays_missing_ends_with_the_pending_deadline(namespace: Namespace) -> None:
    step = (
        f"{{name: use, image: '{IMAGE}', command: ['true'], pendingDeadlineSeconds: 20,"
        " envFrom: [{secretRef: {name: never}}]}"
    )
    namespace.apply(write_run("secret", f"{{steps: [{step}]}}"))
    status = namespace.finish("secret")
    assert status["steps"]["use"]["reason"] == "PendingDeadlineExceeded"
    assert 'secret "never" not found' in status["message"]


def test_a_pod_deleted_by_hand_is_made_again(namespace: Namespace) -> None:
    script = "test $LONGSHORE_ATTEMPT = 2 || exec sleep 600"
    namespace.apply(write_run("deleted", f"{{steps: [{{name: work, image: '{IMAGE}', script: {script}}}]}}"))
    namespace.wait_for_step("deleted", "work", "Running")
    [pod] = namespace.get_pods("deleted")
    namespace.kubectl("delete", "pod", pod["metadata"]["name"], "--grace-period=1")
    status = namespace.finish("deleted")
    step = status["steps"]["work"]
    assert status["phase"] == "Succeeded"
    assert (step["attempt"], step.get("retries", 0), step["infraRetries"]) == (2, 0, 1)


def test_a_program_that_is_not_there(namespace: Namespace) -> None:
    namespace.apply(
        write_run("program", f"{{steps: [{{name: run, image: '{IMAGE}', command: [no-such-program]}}]}}")
    )
    status = namespace.finish("program")
    assert status["phase"] == "Failed"
    assert "no-such-program" in status["message"]


def test_an_image_that_needs_root_is_told_what_to_add(namespace: Namespace) -> None:
    namespace.apply(write_run("root", f"{{steps: [{{name: touch, image: '{IMAGE}', script: touch /etc/mine}}]}}"))
    assert "runAsUser: 0" in namespace.finish("root")["message"]


def test_a_quota_keeps_the_step_waiting(namespace: Namespace) -> None:
    namespace.kubectl("create", "quota", "pods", "--hard=pods=0")
    namespace.apply(write_run("quota", f"{{steps: [{{name: run, image: '{IMAGE}', command: ['true']}}]}}"))
    namespace.wait("runs.longshore.dev/quota", "jsonpath={.status.steps.run.reason}=AwaitingQuota")
    assert "exceeded quota" in namespace.get_status("quota")["message"]
    namespace.kubectl("delete", "quota", "pods")
    assert namespace.finish("quota")["phase"] == "Succeeded"


def test_a_workflow_that_goes_leaves_its_run(namespace: Namespace) -> None:
    workflow = (
        "apiVersion: longshore.dev/v1alpha1\nkind: Workflow\nmetadata: {name: gone}\n"
        f"spec: {{defaults: {{image: '{IMAGE}'}}, steps: [{{name: one, script: '{UNTIL_LET_GO}'}},"
        " {name: two, needs: [one], script: echo done}]}\n"
    )
    run = (
        "apiVersion: longshore.dev/v1alpha1\nkind: Run\nmetadata: {name: stays}\n"
        "spec: {workflowRef: {name: gone}}\n"
    )
    namespace.apply(f"{workflow}---\n{run}")
    namespace.wait_for_step("stays", "one", "Running")
    namespace.kubectl("delete", "workflows.longshore.dev", "gone")
    let_go(namespace, namespace.get_status("stays")["steps"]["one"]["pod"])
    assert namespace.finish("stays")["phase"] == "Succeeded"


def test_a_run_of_no_workflow_says_so_and_starts_once_there_is_one(namespace: Namespace) -> None:
    namespace.apply(
        "apiVersion: longshore.dev/v1alpha1\nkind: Run\nmetadata: {name: early}\n"
        "spec: {workflowRef: {name: late}}\n"
    )
    namespace.wait("runs.longshore.dev/early", "condition=Accepted=False")
    assert "there is no Workflow 'late' in this namespace" in namespace.get_status("early")["message"]
    namespace.apply(
        "apiVersion: longshore.dev/v1alpha1\nkind: Workflow\nmetadata: {name: late}\n"
        f"spec: {{steps: [{{name: one, image: '{IMAGE}', command: ['true']}}]}}\n"
    )
    assert namespace.finish("early")["phase"] == "Succeeded"


@pytest.mark.parametrize(
    ("workflow", "message"),
    [
        ("{steps: [{name: a, image: x, comand: [x]}]}", 'unknown field "spec.workflowSpec.steps[0].comand"'),
        (f"{{steps: [{{name: a, image: '{IMAGE}', needs: [a]}}]}}", "needs itself"),
        ("{steps: [{name: a}]}", "has nothing to run"),
        ("{steps: []}", "should have at least 1 items"),
        (f"{{steps: [{{name: A_b, image: '{IMAGE}'}}]}}", "spec.workflowSpec.steps[0].name"),
    ],
)  # fmt: skip
def test_a_wrong_manifest_is_refused_at_the_door(namespace: Namespace, workflow: str, message: str) -> None:
    assert message in namespace.refuse(write_run("wrong", workflow))


@pytest.mark.parametrize(
    ("workflow", "reason", "message"),
    [
        (
            f"{{defaults: {{image: '{IMAGE}'}}, steps: [{{name: a, needs: [b]}}, {{name: b, needs: [a]}}]}}",
            "Cycle",
            "needs form a cycle: ",
        ),
        (f"{{steps: [{{name: a, image: '{IMAGE}', when: 1 +}}]}}", "InvalidExpression", "does not parse"),
        (
            f"{{steps: [{{name: a, image: '{IMAGE}', args: [$(params.x)]}}]}}",
            "InvalidReference",
            "there is no such parameter",
        ),
        (
            f"{{steps: [{{name: a, image: '{IMAGE}', stallSeconds: 5}}]}}",
            "FieldNotSupported",
            "spec.steps[a].stallSeconds: this version of Longshore does not run it yet; remove it",
        ),
    ],
)
def test_a_wrong_graph_fails_without_a_pod(namespace: Namespace, workflow: str, reason: str, message: str) -> None:
    namespace.apply(write_run("wrong", workflow))
    status = namespace.finish("wrong")
    [accepted] = [condition for condition in status["conditions"] if condition["type"] == "Accepted"]
    assert (status["phase"], accepted["status"], accepted["reason"]) == ("Failed", "False", reason)
    assert message in accepted["message"]
    assert namespace.get_pods("wrong") == []


def test_a_run_cannot_be_edited(namespace: Namespace) -> None:
    namespace.apply(write_run("fixed", f"{{steps: [{{name: a, image: '{IMAGE}', command: ['true']}}]}}"))
    patch = '{"spec": {"params": {"x": 1}}}'
    with pytest.raises(CommandError, match="params cannot change once the Run is made; make a new Run"):
        namespace.kubectl("patch", "runs.longshore.dev", "fixed", "--type=merge", f"--patch={patch}")
