"""A message that is too long is not only hard to read: the API server would refuse the whole status.

The simulation reads each status it writes with the bounds of the CRD.
"""

from typing import Any, get_args

import pytest
from longshore.planning.observations import RefusalKind
from support.planning.runs import params, step, workflow
from support.planning.simulations import Simulation

WIDE = [f"{'long-name-' * 5}{index:03}" for index in range(100)]
LONG = "x" * 4096


def settle(simulation: Simulation) -> Simulation:
    simulation.settle()
    return simulation


def test_waits_for_a_hundred_steps() -> None:
    simulation = settle(Simulation(workflow(*map(step, WIDE), step("last", needs=" ".join(WIDE)))))
    message = simulation.step("last").message
    assert message is not None
    assert message.startswith(f"waits for {WIDE[0]}, {WIDE[1]}, ")
    assert message.endswith(" and 90 more")


def test_a_hundred_needs_failed() -> None:
    simulation = settle(Simulation(workflow(*map(step, WIDE), step("last", needs=" ".join(WIDE)))))
    for pod in simulation.pods.values():
        pod.end(simulation.now, 1, LONG)
    simulation.settle()
    assert simulation.show()["last"] == "Skipped/NeedFailed"
    assert str(simulation.step("last").message).endswith(" and 90 more")


def test_reads_outputs_of_many_skipped_steps() -> None:
    skipped = [step(name, when="false", outputs=["x"]) for name in WIDE]
    args = [f'$(steps["{name.replace("-", "_")}"].outputs.x)' for name in WIDE]
    simulation = settle(Simulation(workflow(*skipped, step("last", needs=" ".join(WIDE), args=args))))
    assert simulation.show()["last"] == "Skipped/NeedSkipped"


@pytest.mark.parametrize("source", ["params.long", "params.table[params.long]", "params.long + 1"])
@pytest.mark.parametrize("place", ["when", "env", "retry", "output"])
def test_an_expression_about_something_long(source: str, place: str) -> None:
    fields: dict[str, Any] = {
        "when": {"when": source},
        "env": {"env": [{"name": "A", "value": f"$({source} + 1)"}]},
        "retry": {"retry": {"limit": 1, "when": f'"{"x" * 1000}"'}},
        "output": {},
    }
    outputs = [{"name": "a", "value": f"{source} + 1"}] if place == "output" else []
    declared = params(long={"default": "x" * 50_000}, table={"type": "Object", "default": {}})
    simulation = settle(Simulation(workflow(step(**fields[place]), params=declared, outputs=outputs)))
    if simulation.live_pods():
        simulation.end("build", 1 if place == "retry" else 0, LONG)
    assert simulation.phase == "Failed"
    assert simulation.run.status.message


def test_a_deadline_and_a_long_last_word() -> None:
    simulation = settle(Simulation(workflow(step(activeDeadlineSeconds=5))))
    simulation.start("build").wait(5).end("build", 143, LONG)
    message = str(simulation.step("build").message)
    assert message.startswith("ran longer than activeDeadlineSeconds: 5: ")
    assert message.endswith("xxx")


def test_a_bad_retry_condition_is_told_after_a_long_log() -> None:
    retry = {"limit": 1, "when": "reason"}
    simulation = settle(Simulation(workflow(step(retry=retry)))).end("build", 1, LONG)
    assert str(simulation.step("build").message).endswith('retry.when: reason: gives "Error", not true or false')


@pytest.mark.parametrize("kind", get_args(RefusalKind))
def test_a_long_refusal(kind: RefusalKind) -> None:
    simulation = Simulation(workflow())
    simulation.refuse = lambda _: kind
    simulation.refusal_message = "x" * 50_000
    settle(simulation)
    assert str(simulation.step("build").message).endswith("xxx")
