"""Owns the reconcile of a Workflow: whether Runs of it can start, said as condition Accepted."""

from datetime import UTC, datetime

from longshore.errors import ForbiddenError, InvalidError
from longshore.planning.findings import Fault, Finding
from longshore.planning.patches import build_merge_patch
from longshore.planning.workflows import build_template_probes, plan_workflow
from longshore.reconcile.ports import Json, PodJudge, Statuses
from longshore.reconcile.stores import WorkflowStore


class WorkflowReconciler:
    """Reconciles one Workflow at a time by `namespace/name`."""

    def __init__(self, workflows: WorkflowStore, statuses: Statuses, judge: PodJudge) -> None:
        self._workflows = workflows
        self._statuses = statuses
        self._judge = judge

    def describe(self, key: str) -> dict[str, str]:
        """What log lines about a Workflow carry."""
        namespace, _, name = key.partition("/")
        return {"namespace": namespace, "workflow": name}

    async def reconcile(self, key: str) -> float | None:
        """One round."""
        namespace, _, name = key.partition("/")
        raw = self._workflows.get(namespace, name)
        if raw is None:
            return None
        status = plan_workflow(raw, await self._judge_templates(raw), datetime.now(UTC))
        if patch := build_merge_patch(raw.get("status", {}), status.to_json()):
            self._workflows.refresh(await self._statuses.write_workflow(raw, {"status": patch}))
        return None

    async def _judge_templates(self, raw: Json) -> list[Finding]:
        """What the API server says of pods with the templates of this Workflow."""
        findings = []
        for field, probe in build_template_probes(raw).items():
            try:
                await self._judge.try_create(probe)
            except InvalidError as error:
                findings.append(Finding(Fault.TEMPLATE, field, str(error)))
            except ForbiddenError as error:
                if "violates PodSecurity" in str(error):  # a quota that is used up passes, this does not
                    findings.append(Finding(Fault.TEMPLATE, field, str(error)))
        return findings
