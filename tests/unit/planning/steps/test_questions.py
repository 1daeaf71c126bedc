"""What an approval asks people, what their answers come to, and what the Run says meanwhile."""

from collections.abc import Mapping
from typing import Any

import pytest
from longshore.api.objects import Condition
from longshore.planning.conditions import find_condition
from support.planning.runs import after, bare_step, params, step, workflow
from support.planning.simulations import Simulation
from support.planning.wishes import say


def approval(name: str = "ask", message: str = "go on?", quorum: int = 1, **fields: Any) -> dict[str, Any]:
    return bare_step(name, approval={"message": message, "quorum": quorum}, **fields)


def simulate(*steps: dict[str, Any], **fields: Any) -> Simulation:
    simulation = Simulation(workflow(*steps, **fields))
    simulation.settle()
    return simulation


def answer(simulation: Simulation, question: str = "ask", **words: str) -> Simulation:
    for user, word in words.items():
        say(simulation, question, user, word)
    simulation.settle()
    return simulation


def get_condition(simulation: Simulation) -> Condition:
    condition = find_condition(simulation.run.status.conditions, "AwaitingInput")
    assert condition is not None
    return condition


ANSWERS: dict[str, tuple[int, Mapping[str, str], str, str]] = {
    "none": (1, {}, "Pending/AwaitingInput", "waits for approval, 0 of 1: go on?"),
    "one of one": (1, {"ann": "Approve"}, "Succeeded/Completed", "approved by ann"),
    "one of two": (2, {"ann": "Approve"}, "Pending/AwaitingInput", "waits for approval, 1 of 2: go on?"),
    "two of two": (2, {"ben": "Approve", "ann": "Approve"}, "Succeeded/Completed", "approved by ann, ben"),
    "more than are needed": (
        1,
        {"ben": "Approve", "ann": "Approve"},
        "Succeeded/Completed",
        "approved by ann, ben",
    ),
    "a rejection": (1, {"ann": "Reject"}, "Failed/Rejected", "rejected by ann"),
    "a rejection with its reason": (
        1,
        {"ann": "Reject:  at 12:00, not yet "},
        "Failed/Rejected",
        "rejected by ann: at 12:00, not yet",
    ),
    "a rejection beats approvals": (
        2,
        {"ann": "Approve", "ben": "Reject: no", "cem": "Approve"},
        "Failed/Rejected",
        "rejected by ben: no",
    ),
    "of two rejections the first by name": (
        1,
        {"cem": "Reject: late", "ben": "Reject: early"},
        "Failed/Rejected",
        "rejected by ben: early",
    ),
    "any case, and room": (1, {"ann": "  aPPROVE "}, "Succeeded/Completed", "approved by ann"),
    "a reason for a yes": (1, {"ann": "approve: fine"}, "Succeeded/Completed", "approved by ann"),
    "a rejection in capitals": (1, {"ann": "REJECT : no"}, "Failed/Rejected", "rejected by ann: no"),
    "what is no answer": (
        1,
        {"ann": "Approved", "ben": ""},
        "Pending/AwaitingInput",
        "waits for approval, 0 of 1: go on?",
    ),
}


@pytest.mark.parametrize(("quorum", "words", "shown", "message"), ANSWERS.values(), ids=ANSWERS)
def test_what_answers_come_to(quorum: int, words: Mapping[str, str], shown: str, message: str) -> None:
    simulation = answer(simulate(approval(quorum=quorum)), **words)
    assert (simulation.show()["ask"], simulation.step("ask").message) == (shown, message)
    assert simulation.creations == [], "people who are asked take no pod"


def test_the_question_has_all_that_people_have_to_know() -> None:
    approvers = [{"user": "ann"}, {"group": "leads"}]
    asked = {
        "message": "ship $(params.tag) of $(run.name)?",
        "approvers": approvers,
        "quorum": 2,
        "exceptCreator": True,
    }
    raw = bare_step("ask", approval=asked, pendingDeadlineSeconds=60)
    simulation = simulate(raw, params=params(tag={"default": "v1"}))
    question = simulation.run.status.questions["ask"].to_json()
    assert question == {
        "step": "ask",
        "text": "ship v1 of nightly?",
        "options": ["Approve", "Reject"],
        "approvers": approvers,
        "quorum": 2,
        "exceptCreator": True,
        "deadline": "2025-06-01T12:01:00Z",
    }
    assert simulation.step("ask").message == "waits for approval, 0 of 2: ship v1 of nightly?"


def test_a_question_waits_for_what_its_step_needs() -> None:
    simulation = simulate(step("a", outputs=["tag"]), approval(message="$(steps.a.outputs.tag)?", needs=["a"]))
    assert simulation.run.status.questions == {}
    simulation.end("a", 0, "tag=v2")
    assert simulation.run.status.questions["ask"].text == "v2?"


def test_a_message_without_a_value_fails_the_step() -> None:
    simulation = simulate(approval(message="$(1 / (size(run.name) - 7))"))
    assert simulation.show() == {"ask": "Failed/ExpressionFailed"}
    assert simulation.run.status.questions == {}


def test_an_answer_to_another_question_does_not_count() -> None:
    simulation = answer(simulate(approval("one"), approval("two")), "one", ann="Approve")
    assert simulation.show() == {"one": "Succeeded/Completed", "two": "Pending/AwaitingInput"}


def test_a_rejection_fails_the_run() -> None:
    simulation = answer(simulate(approval(), step("a", needs="ask")), ann="Reject: no")
    assert (simulation.phase, simulation.show()["a"]) == ("Failed", "Skipped/NeedFailed")
    assert simulation.run.status.message == "step 'ask' failed (Rejected): rejected by ann: no"


def test_nobody_decides_in_time() -> None:
    simulation = simulate(approval(pendingDeadlineSeconds=60, quorum=2))
    assert simulation.wake_at == after(60)
    answer(simulation.wait(59), ann="Approve")
    assert simulation.show() == {"ask": "Pending/AwaitingInput"}
    assert simulation.wait(1).show() == {"ask": "Failed/PendingDeadlineExceeded"}
    assert simulation.step("ask").message == "nobody decided in time: go on?"


def test_without_a_deadline_it_waits_for_ever() -> None:
    simulation = simulate(approval())
    assert simulation.wake_at is None
    assert simulation.wait(10_000_000).show() == {"ask": "Pending/AwaitingInput"}


def test_an_answer_counts_until_the_operator_sees_the_deadline_pass() -> None:
    simulation = simulate(approval(pendingDeadlineSeconds=60))
    simulation.now = after(61)
    assert answer(simulation, ann="Approve").phase == "Succeeded"


def test_a_cancel_beats_an_answer() -> None:
    simulation = simulate(approval())
    say(simulation, "ask", "ann", "Approve")
    assert simulation.cancel("Graceful").show() == {"ask": "Canceled/RunCanceled"}
    assert simulation.phase == "Canceled"


def test_a_failed_run_ends_the_question() -> None:
    simulation = simulate(approval(), step("a")).end("a", 1)
    assert simulation.show()["ask"] == "Canceled/RunFailed"
    assert (simulation.phase, get_condition(simulation).status) == ("Failed", "False")


def test_the_runs_deadline_ends_the_question() -> None:
    simulation = simulate(approval(), activeDeadlineSeconds=60).wake()
    assert simulation.show() == {"ask": "Canceled/RunDeadlineExceeded"}


def test_a_question_takes_no_slot() -> None:
    simulation = simulate(step("a"), approval(), approval("more"), maxParallelSteps=1)
    assert list(simulation.run.status.questions) == ["ask", "more"]


def test_a_later_attempt_asks_anew() -> None:
    """An answer can't be altered, so what was said of the first work says nothing of the second."""
    simulation = simulate(
        step("a"), approval(needs=["a"], verify={"step": "a", "max": 2}, pendingDeadlineSeconds=60)
    )
    answer(simulation.end("a"), ann="Reject: no")
    simulation.wait(10).end("a")
    assert simulation.show()["ask"] == "Pending/AwaitingInput"
    assert list(simulation.run.status.questions) == ["ask", "ask.2"]
    assert simulation.run.status.questions["ask.2"].deadline == "2025-06-01T12:01:10Z"
    assert answer(simulation, "ask.2", ann="Approve").phase == "Succeeded"


def test_the_condition_tells_that_people_are_asked() -> None:
    simulation = simulate(step("a"), approval(needs=["a"]), approval("more", needs=["a"]))
    assert find_condition(simulation.run.status.conditions, "AwaitingInput") is None
    raise_generation(simulation.wait(5), 3)
    simulation.end("a")
    condition = get_condition(simulation)
    assert (condition.status, condition.message) == ("True", "people are asked by ask, more")
    assert (condition.observed_generation, condition.last_transition_time) == (3, "2025-06-01T12:00:05Z")


def test_the_condition_ends_with_the_last_question() -> None:
    simulation = answer(simulate(approval(), approval("more")).wait(5), ann="Approve")
    condition = get_condition(simulation)
    assert (condition.status, condition.message) == ("True", "people are asked by more")
    assert condition.last_transition_time == "2025-06-01T12:00:00Z"
    raise_generation(simulation, 4)
    condition = get_condition(answer(simulation, "more", ann="Approve"))
    assert (condition.status, condition.message, condition.observed_generation) == ("False", "", 4)
    assert condition.last_transition_time == "2025-06-01T12:00:05Z"


def raise_generation(simulation: Simulation, generation: int) -> None:
    metadata = simulation.run.metadata.model_copy(update={"generation": generation})
    simulation.run = simulation.run.model_copy(update={"metadata": metadata})


def lose_a_plan(simulation: Simulation) -> None:
    """The operator crashes after its calls, before it writes the status."""
    simulation.act(lambda _: True)


def test_nothing_starts_by_an_approval_before_that_is_on_record() -> None:
    simulation = simulate(approval(), step("deploy", needs="ask"))
    say(simulation, "ask", "ann", "Approve")
    lose_a_plan(simulation)
    answer(simulation, ben="Reject")
    assert simulation.show() == {"ask": "Failed/Rejected", "deploy": "Skipped/NeedFailed"}
    assert simulation.creations == []


def test_nothing_starts_by_a_deadline_before_that_is_on_record() -> None:
    simulation = simulate(
        approval(pendingDeadlineSeconds=5), step("deploy", needs="ask"), **{"finally": [step("report")]}
    )
    simulation.now = after(5)
    lose_a_plan(simulation)
    answer(simulation, ann="Approve")
    assert simulation.creations == [("deploy", 1)]
