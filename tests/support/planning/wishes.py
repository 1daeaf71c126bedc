"""What people may want of a Run under way: that it waits, goes on, or is answered. Drawn at random by tests."""

from support.planning.simulations import Simulation

USERS = ("ann", "ben", "cem")
WORDS = ("Approve", "Approve", "Reject: not yet")


def suspend(simulation: Simulation, number: int) -> None:
    """Someone suspends the Run, or resumes it."""
    _want(simulation, suspend=bool(number % 2))


def answer(simulation: Simulation, number: int) -> None:
    """Someone answers a question that waits, who has not yet."""
    open_ = [name for name in simulation.run.status.questions if _is_open(simulation, name)]
    if open_:
        say(simulation, open_[number % len(open_)], USERS[number % 3], WORDS[number // 3 % 3])


def approve_all(simulation: Simulation) -> None:
    """Everyone approves everything."""
    for name in simulation.run.status.questions:
        for user in USERS:
            say(simulation, name, user, "Approve")


def say(simulation: Simulation, question: str, user: str, word: str) -> None:
    """An answer, which can't be altered later."""
    answers = simulation.run.spec.answers
    given = {user: word} | answers.get(question, {})
    _want(simulation, answers={**answers, question: given})


def _is_open(simulation: Simulation, name: str) -> bool:
    step = simulation.run.status.questions[name].step
    return simulation.step(step).reason == "AwaitingInput"


def _want(simulation: Simulation, **fields: object) -> None:
    """The Run with these fields of its spec changed, which the operator has not looked at yet."""
    spec = simulation.run.spec.model_copy(update=fields)
    simulation.run = simulation.run.model_copy(update={"spec": spec})
