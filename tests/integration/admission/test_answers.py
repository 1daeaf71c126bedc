"""Who may answer what, in whose name."""

from typing import Any

import pytest
from support.admissions import (
    Caller,
    Manifest,
    allow,
    build_object,
    make_run,
)

STATUS = "--subresource=status"
QUESTIONS: Manifest = {
    "open": {"step": "a", "text": "Go?"},
    "leads": {"step": "a", "text": "Go?", "approvers": [{"user": "carol"}, {"group": "leads"}]},
    "others": {"step": "a", "text": "Go?", "exceptCreator": True},
    "choice": {"step": "a", "text": "Which?", "options": ["red", "blue"]},
}
ANSWERS: dict[str, tuple[str, Manifest, str]] = {
    "in another's name": ("alice", {"open": {"bob": "yes"}}, "an answer under another name; yours is alice"),
    "in two names": ("alice", {"open": {"alice": "yes", "bob": "yes"}}, "an answer under another name"),
    "to what is not asked": ("alice", {"what": {"alice": "yes"}}, "names a question that is not asked"),
    "without being an approver": ("alice", {"leads": {"alice": "yes"}}, "you are not among those who may answer"),
    "as the creator": ("creator", {"others": {"creator": "yes"}}, "for others than the Run's creator"),
    "an option with more than a reason": (
        "alice",
        {"choice": {"alice": "reddish"}},
        "none of the question's options",
    ),
    "none of the options": ("alice", {"choice": {"alice": "green"}}, "none of the question's options"),
}
GOOD_ANSWERS: dict[str, tuple[str, tuple[str, ...], Manifest]] = {
    "open": ("alice", (), {"open": {"alice": "yes"}}),
    "as a user": ("carol", (), {"leads": {"carol": "yes"}}),
    "as one of a group": ("dave", ("staff", "leads"), {"leads": {"dave": "yes"}}),
    "as not the creator": ("alice", (), {"others": {"alice": "yes"}}),
    "an option and why": ("alice", (), {"choice": {"alice": "blue: it suits the sea"}}),
    "one of the options": ("alice", (), {"choice": {"alice": "red"}, "open": {"alice": "no"}}),
}


@pytest.fixture(scope="module")
def answerers(guarded: Caller, alice: Caller) -> list[str]:
    """Users who may patch Runs."""
    users = ["creator", "carol", "dave"]
    for user in users:
        allow(guarded, user, "create,get,patch", "runs.longshore.dev")
    return [*users, alice.user]


def ask(guarded: Caller, operator: Caller, **spec: Any) -> str:
    """A Run that waits for answers; its name."""
    run = make_run(guarded.as_user("creator"), **spec)
    operator.patch(run, {"status": {"phase": "Running", "questions": QUESTIONS}}, STATUS)
    return run


@pytest.mark.parametrize("case", ANSWERS)
@pytest.mark.usefixtures("answerers")
def test_wrong_answer(guarded: Caller, operator: Caller, case: str) -> None:
    user, answers, message = ANSWERS[case]
    run = ask(guarded, operator, createdBy="creator")
    assert message in guarded.as_user(user).refuse_patch(run, {"spec": {"answers": answers}})


@pytest.mark.parametrize("case", GOOD_ANSWERS)
@pytest.mark.usefixtures("answerers")
def test_right_answer(guarded: Caller, operator: Caller, case: str) -> None:
    user, groups, answers = GOOD_ANSWERS[case]
    run = ask(guarded, operator, createdBy="creator")
    guarded.as_user(user, *groups).patch(run, {"spec": {"answers": answers}})


@pytest.mark.usefixtures("answerers")
def test_answers_of_others_stay(guarded: Caller, operator: Caller, alice: Caller) -> None:
    run = ask(guarded, operator, createdBy="creator")
    guarded.as_user("carol").patch(run, {"spec": {"answers": {"open": {"carol": "yes"}}}})
    alice.patch(run, {"spec": {"answers": {"open": {"alice": "no"}}}})
    for caller in (guarded, operator, alice):
        answers = {"open": {"carol": "no"}}
        assert "answers can be added" in caller.refuse_patch(run, {"spec": {"answers": answers}})


@pytest.mark.usefixtures("answerers")
def test_administrator_and_operator_answer_for_themselves_too(guarded: Caller, operator: Caller) -> None:
    run = ask(guarded, operator, createdBy="creator")
    for caller in (guarded, operator):
        assert "under another name" in caller.refuse_patch(run, {"spec": {"answers": {"open": {"bob": "yes"}}}})


@pytest.mark.usefixtures("answerers")
def test_unknown_creator_is_nobody_else(guarded: Caller, operator: Caller, alice: Caller) -> None:
    run = ask(guarded, operator)
    assert "without which nobody can answer" in alice.refuse_patch(
        run, {"spec": {"answers": {"others": {"alice": "y"}}}}
    )


def test_no_answer_before_the_question(alice: Caller) -> None:
    run = build_object("Run", "early", {"workflowRef": {"name": "w"}, "answers": {"open": {"alice": "yes"}}})
    assert "names a question that is not asked" in alice.refuse_manifest(run)
