"""What a Workflow is told of its graph and its Runs, and the pods by which its templates are judged."""

from collections.abc import Sequence
from typing import Any

from longshore.api.objects import Metadata
from longshore.api.workflows import WorkflowStatus
from longshore.planning.findings import Fault, Finding
from longshore.planning.runs.summaries import RunSummary
from longshore.planning.runs.urgencies import Urgency
from longshore.planning.workflows.reviews import ObservedWorkflow, Review, review_workflow
from longshore.planning.workflows.workflows import build_template_probes, find_urgency, plan_workflow
from support.planning.runs import NOW, after, step, workflow


def build_workflow(spec: Any, status: Any = None) -> dict[str, Any]:
    metadata = {"name": "release", "namespace": "ci", "uid": "w-1", "generation": 3}
    return {"metadata": metadata, "spec": spec, **({"status": status} if status else {})}


def observe(raw: dict[str, Any], *judged: Finding, runs: Sequence[RunSummary] = ()) -> ObservedWorkflow:
    review = review_workflow(raw)
    status = WorkflowStatus.model_validate(raw.get("status", {}))
    review = Review(review.spec, (*review.findings, *judged))
    return ObservedWorkflow(Metadata.model_validate(raw["metadata"]), status, review, runs)


def accepted(raw: dict[str, Any], *judged: Finding) -> tuple[str, str, str]:
    status = plan_workflow(observe(raw, *judged), NOW).status
    (condition,) = status.conditions
    assert status.observed_generation == condition.observed_generation == 3
    return condition.status, condition.reason, condition.message


def test_a_workflow_that_can_run() -> None:
    assert accepted(build_workflow(workflow())) == ("True", "Accepted", "Runs can start")


def test_a_workflow_that_can_not() -> None:
    status, reason, message = accepted(build_workflow(workflow(step(needs="x"))))
    assert (status, reason) == ("False", "UnknownNeed")
    assert message == "spec.steps[build].needs: there is no step 'x'; there are: build"


def test_fields_that_can_not_be_read() -> None:
    assert accepted(build_workflow({"steps": []}))[:2] == ("False", "InvalidField")
    assert accepted({"metadata": build_workflow(None)["metadata"]})[:2] == ("False", "InvalidField")


def test_what_the_api_server_says_of_a_template() -> None:
    finding = Finding(Fault.TEMPLATE, "spec.steps[build].template", "is invalid")
    assert accepted(build_workflow(workflow()), finding)[1:] == ("InvalidTemplate", str(finding))


def test_a_condition_keeps_its_time_until_it_changes() -> None:
    status = plan_workflow(observe(build_workflow(workflow())), NOW).status.to_json()
    same = plan_workflow(observe(build_workflow(workflow(step("b")), status)), after(60)).status
    assert same.conditions[0].last_transition_time == "2025-06-01T12:00:00Z"
    worse = plan_workflow(observe(build_workflow(workflow(step(needs="x")), status)), after(60)).status
    assert worse.conditions[0].last_transition_time == "2025-06-01T12:01:00Z"


def build_runs(*phases: str) -> list[RunSummary]:
    return [
        RunSummary("ci", f"run-{index}", f"u{index}", phase, after(index), "release")
        for index, phase in enumerate(phases)
    ]


def test_runs_are_counted_and_the_last_one_named() -> None:
    runs = build_runs("Succeeded", "Queued", "Running", "Failed", "Canceled")
    status = plan_workflow(observe(build_workflow(workflow()), runs=runs), after(9)).status
    assert (status.active, status.last_run, status.last_schedule_time) == (2, "run-4", None)


def test_a_workflow_without_runs_has_none_active_and_remembers_the_last() -> None:
    status = plan_workflow(observe(build_workflow(workflow(), {"active": 1, "lastRun": "gone"})), NOW).status
    assert (status.active, status.last_run) == (0, "gone")


def test_counts_alone_can_wait() -> None:
    before = plan_workflow(observe(build_workflow(workflow())), NOW).status
    after_some = plan_workflow(
        observe(build_workflow(workflow(), before.to_json()), runs=build_runs("Running")), NOW
    ).status
    assert (before.active, after_some.active) == (0, 1)
    assert find_urgency(before, after_some) is Urgency.WAITS
    assert find_urgency(WorkflowStatus(), before) is Urgency.NOW


def test_only_templates_are_probed_and_no_expression_is_in_a_probe() -> None:
    template = {"spec": {"nodeSelector": {"disk": "ssd"}}}
    steps = [step("a"), step("b", template=template, image="$(params.x)", args=["$(params.x)"])]
    probes = build_template_probes(build_workflow(workflow(*steps)))
    assert list(probes) == ["spec.steps[b].template"]
    (probe,) = probes.values()
    assert probe["spec"]["nodeSelector"] == {"disk": "ssd"}
    assert "$(" not in str(probe)


def test_templates_of_defaults_are_probed_for_each_step() -> None:
    raw = build_workflow(workflow(step("a"), step("b"), defaults={"template": {"spec": {"hostNetwork": True}}}))
    assert list(build_template_probes(raw)) == ["spec.steps[a].template", "spec.steps[b].template"]


def test_services_are_probed_apart_and_below_the_template_that_may_reach_them() -> None:
    services = [{"name": "db", "container": {"image": "$(params.x)", "ports": [{"port": 1}]}}]
    raw = build_workflow(
        workflow(step("a", services=services), step("b", services=services, template={"spec": {}}))
    )
    probes = build_template_probes(raw)
    assert list(probes) == ["spec.steps[a].services", "spec.steps[b].services", "spec.steps[b].template"]
    for probe in probes.values():
        (db,) = probe["spec"]["initContainers"]
        assert (db["image"], db["ports"]) == ("probe", [{"port": 1}])


def test_finally_is_probed_too() -> None:
    raw = build_workflow(workflow(step("a"), **{"finally": [step("z", template={"spec": {}})]}))
    assert list(build_template_probes(raw)) == ["spec.finally[z].template"]


def test_a_workflow_that_can_not_be_read_has_no_probes() -> None:
    assert build_template_probes(build_workflow({"steps": []})) == {}
