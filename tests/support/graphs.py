"""The graph that chaos tests run: a chain, a fan, a retry, a failure that the Run survives, outputs."""

from typing import Any

from support.live_pods import Outcome, Outcomes

QUICK_RETRY = {"limit": 1, "backoff": {"seconds": 1}}


def step(name: str, needs: str = "", **fields: Any) -> dict[str, Any]:
    """A step with an image; needs are names with blanks between."""
    return {"name": name, "image": "example/step:1", **({"needs": needs.split()} if needs else {}), **fields}


def chain(length: int) -> dict[str, Any]:
    """Steps s1, s2, ... each after the one before."""
    return {"steps": [step(f"s{n}", f"s{n - 1}" if n > 1 else "") for n in range(1, length + 1)]}


PIPELINE = {
    "steps": [
        step("build", outputs=["count"]),
        step("test", "build", env=[{"name": "COUNT", "value": "$(steps.build.outputs.count)"}]),
        step("lint", "build"),
        step("flaky", "build", retry=QUICK_RETRY),
        step("optional", "build", onError="Continue"),
        step("pack", "test lint flaky optional"),
    ],
    "outputs": [{"name": "count", "value": "steps.build.outputs.count"}],
}
PIPELINE_OUTCOMES: Outcomes = {
    "build": [Outcome(message="count=3")],
    "flaky": [Outcome(exit_code=1), Outcome()],
    "optional": [Outcome(exit_code=7)],
}
PIPELINE_ENDS = {
    "build": ("Succeeded", 1),
    "test": ("Succeeded", 1),
    "lint": ("Succeeded", 1),
    "flaky": ("Succeeded", 2),
    "optional": ("Failed", 1),
    "pack": ("Succeeded", 1),
}


def read_ends(status: dict[str, Any]) -> dict[str, tuple[str, int]]:
    """Phase and attempt of each step."""
    return {name: (entry["phase"], entry["attempt"]) for name, entry in status["steps"].items()}
