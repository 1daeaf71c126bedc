"""Child Runs as their parent sees them, and what may happen to one; a history reads as that of a pod."""

from datetime import datetime
from typing import Any, Self

from longshore.names import PATH_ANNOTATION
from longshore.planning.runs.summaries import RunSummary, summarize_run
from longshore.planning.times import write_time

ENDS = {"Succeeded", "Failed", "Canceled"}


class FakeChild:
    """The child Run of one attempt, as the API server has it. Methods give the child back."""

    def __init__(self, manifest: dict[str, Any], created: datetime) -> None:
        metadata = manifest["metadata"]
        self.raw: dict[str, Any] = {
            **manifest,
            "metadata": {
                **metadata, "uid": f"uid-of-{metadata['name']}", "creationTimestamp": write_time(created),
            },
            "status": {},
        }  # fmt: skip

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.raw["metadata"]["name"])

    @property
    def spec(self) -> dict[str, Any]:
        """What is wanted of it."""
        spec: dict[str, Any] = self.raw["spec"]
        return spec

    def list_left(self) -> list[str]:
        """The path that it is of."""
        return [str(self.raw["metadata"]["annotations"][PATH_ANNOTATION])]

    @property
    def has_ended(self) -> bool:
        """Whether nothing more happens to it."""
        return self.raw["status"].get("phase") in ENDS

    @property
    def is_dead(self) -> bool:
        """The same: nothing keeps a Run that has ended."""
        return self.has_ended

    @property
    def is_gated(self) -> bool:
        """Whether scheduling gates hold it: those of a pod only do."""
        return False

    @property
    def is_running(self) -> bool:
        """Whether it was accepted and goes on."""
        return bool(self.raw["status"].get("phase") == "Running")

    @property
    def is_leaving(self) -> bool:
        """Whether it was told to end."""
        return "cancel" in self.spec

    def observe(self) -> RunSummary:
        """As the planner sees it."""
        return summarize_run(self.raw)

    def change(self, spec: dict[str, Any]) -> Self:
        """Someone patches its spec, as the CRD allows it."""
        assert self.spec.get("cancel") != "Immediate" or "cancel" not in spec, "cancel can't be taken back"
        self.spec.update(spec)
        return self

    def queue(self, message: str = "") -> Self:
        """It waits to be accepted."""
        self.raw["status"] |= {"phase": "Queued", "message": message}
        return self

    def start(self, at: datetime) -> Self:
        """It is accepted."""
        self.raw["status"] |= {"phase": "Running", "startTime": write_time(at), "progress": "0/1"}
        return self

    def note_suspension(self, at: datetime, status: str = "True") -> Self:
        """Its operator puts on record that it is suspended, or is not any more."""
        condition = {"type": "Suspended", "status": status, "lastTransitionTime": write_time(at)}
        self.raw["status"]["conditions"] = [condition]
        return self

    def end(self, at: datetime, code: int = 0, message: str = "", reason: str = "") -> Self:
        """It ends well, or fails with `code`; or it is canceled, where it was told to end.

        The message is its outputs as `key=value`, or of a failure what it says.
        """
        if "startTime" not in self.raw["status"]:
            self.start(at)
        phase = "Canceled" if reason == "Canceled" else "Failed" if code else "Succeeded"
        self.raw["status"] |= {"phase": phase, "completionTime": write_time(at)}
        if code or reason:
            self.raw["status"]["message"] = message
        else:
            self.raw["status"]["outputs"] = self._build_outputs(
                dict([line.split("=") for line in message.splitlines()])
            )
        return self

    def _build_outputs(self, outputs: dict[str, str]) -> dict[str, Any]:
        """Of a slice, that each of its items had these."""
        if "slice" not in self.spec:
            return outputs
        lists = {name: [value] * self.spec["slice"]["count"] for name, value in outputs.items()}
        return {"items": {"phase": "Succeeded", "exitCode": 0, "outputs": lists}}
