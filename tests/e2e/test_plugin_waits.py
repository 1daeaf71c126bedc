"""`kubectl longshore approve`, `reject`, `suspend` and `resume`, and what is seen of Runs that ask or fan out."""

from support.namespaces import UNTIL_LET_GO, Namespace, let_go, write_run
from support.plugins import Said, say

STEP = 'image: "python:3.12-slim"'
GATES = "{steps: [{name: legal, approval: {message: May we go}}, {name: safety, approval: {message: Is it safe}}]}"


def ask(namespace: Namespace, name: str) -> None:
    """A Run that asks two questions."""
    namespace.apply(write_run(name, GATES))
    for step in ("legal", "safety"):
        namespace.wait(f"runs.longshore.dev/{name}", f"jsonpath={{.status.steps.{step}.reason}}=AwaitingInput")


def test_of_several_questions_one_is_named(namespace: Namespace) -> None:
    ask(namespace, "gates")
    listed = "legal (May we go); safety (Is it safe)"
    assert say(namespace, "approve", "gates") == Said(
        2, "", f"error: run 'gates' asks 2 questions; name one of: {listed}\n"
    )
    assert say(namespace, "approve", "gates", "leagl") == Said(
        2, "", "error: run 'gates' does not ask 'leagl'; did you mean 'legal'?\n"
    )
    assert say(namespace, "approve", "gates", "legal").out.startswith("run.longshore.dev/gates legal approved by ")
    namespace.wait_for_step("gates", "legal", "Succeeded")
    # The one that is left need not be named.
    said = say(namespace, "reject", "run.longshore.dev/gates", "--reason", "too windy")
    user = said.out.split()[-1]
    assert said.out == f"run.longshore.dev/gates safety rejected by {user}\n", said
    status = namespace.finish("gates")
    assert (status["phase"], status["message"]) == (
        "Failed",
        f"step 'safety' failed (Rejected): rejected by {user}: too windy",
    )
    assert say(namespace, "approve", "gates") == Said(2, "", "error: run 'gates' asks nothing at present\n")
    described = say(namespace, "describe", "gates").out
    assert f"    Answer:         Approve ({user})\n" in described
    assert "To Approve" not in described


def test_a_run_is_suspended_between_its_steps_and_resumed(namespace: Namespace) -> None:
    steps = (
        f"{{name: first, {STEP}, script: '{UNTIL_LET_GO}'}}, "
        f"{{name: second, {STEP}, needs: [first], script: echo second}}"
    )
    namespace.apply(write_run("pausing", f"{{steps: [{steps}]}}"))
    namespace.wait_for_step("pausing", "first", "Running")
    assert say(namespace, "suspend", "pausing") == Said(0, "run.longshore.dev/pausing suspended\n")
    let_go(namespace, namespace.get_status("pausing")["steps"]["first"]["pod"])
    namespace.wait_for_step("pausing", "first", "Succeeded")
    namespace.wait("runs.longshore.dev/pausing", "condition=Suspended")
    assert len(namespace.get_pods("pausing")) == 1
    assert say(namespace, "resume", "pausing") == Said(0, "run.longshore.dev/pausing resumed\n")
    assert namespace.finish("pausing")["phase"] == "Succeeded"
    assert say(namespace, "suspend", "pausing") == Said(0, "", "run 'pausing' has ended already: Succeeded\n")


def test_a_large_fan_out_is_folded_and_its_items_have_logs(namespace: Namespace) -> None:
    items = ", ".join(str(number) for number in range(21))
    step = f'{{name: many, {STEP}, forEach: {{items: "[{items}]"}}, env: [{{name: ITEM, value: $(each.item)}}]'
    namespace.apply(write_run("wide", f"{{maxParallelSteps: 8, steps: [{step}, script: echo item $ITEM}}]}}"))
    assert namespace.finish("wide")["phase"] == "Succeeded"
    tree = say(namespace, "tree", "wide").out.splitlines()
    assert [line.split()[:3] for line in tree[3:]] == [["✔", "many", "Succeeded"]]
    assert tree[3].endswith("21 items: 21 Succeeded")
    assert say(namespace, "logs", "wide", "many[20]") == Said(0, "item 20\n")
    whole = say(namespace, "logs", "wide", "many")
    assert (whole.code, whole.err) == (0, "")
    assert sorted(whole.out.splitlines()) == sorted(f"{f'many[{n}]':<8} │ item {n}" for n in range(21))
