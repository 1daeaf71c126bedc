"""An answer goes into the Run under its giver's own name, once."""

import json

import pytest
from longshore.cli.actions.answers import send_answer
from longshore.cli.words.mistakes import MistakeError
from longshore.cli.words.questions import OpenQuestion
from unit.cli.samples import run
from unit.cli.scripts import RUNS, Script, answer

REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


def ask(**answers: str) -> OpenQuestion:
    """A question that has these answers."""
    return OpenQuestion("gate.2", "gate", "Deploy?", answers)


def test_the_user_is_whom_the_api_server_knows() -> None:
    script = Script({REVIEWS: [answer({"status": {"userInfo": {"username": "ann@harbour.example"}}})]})
    assert script.connect().get_user() == "ann@harbour.example"
    assert script.asked[0].method == "POST"
    assert json.loads(script.asked[0].content) == {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "SelfSubjectReview",
    }


@pytest.mark.parametrize("text", ["Approve", "Reject", "Reject: not on a Friday"])
def test_only_ones_own_answer_is_sent(text: str) -> None:
    script = Script({f"{RUNS}/demo": [answer(run())]})
    send_answer(script.connect(), run(), ask(bob="Approve"), ("ann", text))
    [request] = script.asked
    assert request.method == "PATCH"
    assert request.headers["Content-Type"] == "application/merge-patch+json"
    assert json.loads(request.content) == {"spec": {"answers": {"gate.2": {"ann": text}}}}


def test_to_say_the_same_again_sends_nothing() -> None:
    script = Script({})
    send_answer(script.connect(), run(), ask(ann="Approve"), ("ann", "Approve"))
    assert script.asked == []


def test_a_change_of_mind_is_refused() -> None:
    with pytest.raises(MistakeError) as error:
        send_answer(Script({}).connect(), run(), ask(ann="Approve"), ("ann", "Reject"))
    assert error.value.message == "ann has answered 'gate.2' already: Approve; an answer can't be changed"
