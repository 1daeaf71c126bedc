"""Owns what a CRD says of each kind besides its fields: names, columns, selectors, rules."""

from dataclasses import dataclass, field

from longshore.api.agents import Agent
from longshore.api.fields import Model
from longshore.api.groups import ConcurrencyGroup
from longshore.api.runs import Run
from longshore.api.workflows import Workflow
from longshore.schemas.agent_rules import AGENT_RULES
from longshore.schemas.graph_rules import FIELD_RULES, GRAPH_RULES
from longshore.schemas.rules import RuleBook
from longshore.schemas.run_rules import RUN_RULES


@dataclass(frozen=True, slots=True)
class Column:
    """A column of `kubectl get`; with priority 1 only of `kubectl get -o wide`."""

    name: str
    path: str
    description: str
    type: str = "string"
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind: its model, and what its CRD says besides."""

    model: type[Model]
    plural: str
    columns: tuple[Column, ...]
    short_names: tuple[str, ...] = ()
    selectable: tuple[str, ...] = ()
    rules: RuleBook = field(default_factory=dict)

    @property
    def name(self) -> str:
        """In CamelCase, as manifests have it."""
        return self.model.__name__


AGE = Column("Age", ".metadata.creationTimestamp", "When it was made.", "date")

WORKFLOW = Kind(
    model=Workflow,
    plural="workflows",
    short_names=("wf",),
    columns=(
        Column("Schedule", ".spec.schedule.cron", "When Runs are made by themselves."),
        Column("Suspend", ".spec.suspend", "Whether schedule and triggers make no Runs.", "boolean"),
        Column("Active", ".status.active", "How many Runs have not ended.", "integer"),
        Column("Last", ".status.lastScheduleTime", "When the schedule last made a Run.", "date"),
        Column("Accepted", '.status.conditions[?(@.type=="Accepted")].status', "Whether Runs can start."),
        AGE,
        Column("Last-Run", ".status.lastRun", "The Run that was made last.", priority=1),
    ),
    rules={"spec": (*FIELD_RULES, *GRAPH_RULES)},
)

RUN = Kind(
    model=Run,
    plural="runs",
    columns=(
        Column("Workflow", ".spec.workflowRef.name", "The Workflow; empty where the Run has a graph of its own."),
        Column("Phase", ".status.phase", "Where the Run is."),
        Column("Progress", ".status.progress", "How many steps are done, of how many."),
        AGE,
        Column("Duration", ".status.duration", "How long the Run took."),
        Column("Created-By", ".spec.createdBy", "Who made it.", priority=1),
        Column("Cost", ".status.usage.costUSD", "What its agents have spent, in dollars.", priority=1),
        Column("Message", ".status.message", "What to know first."),
    ),
    selectable=(".status.phase", ".spec.workflowRef.name", ".spec.createdBy"),
    rules=RUN_RULES,
)

AGENT = Kind(
    model=Agent,
    plural="agents",
    columns=(
        Column("Runtime", ".status.runtime", "What runs its steps."),
        Column("Model", ".status.model", "The model that it talks to."),
        Column("Ready", '.status.conditions[?(@.type=="Ready")].status', "Whether steps can start here."),
        Column("Load", ".status.load", "How many steps run, of how many at once."),
        Column("Nodes", ".status.readyNodes", "How many of its nodes take pods, of how many."),
        AGE,
        Column("Reason", '.status.conditions[?(@.type=="Ready")].reason', "Why, or why not.", priority=1),
        Column("Enabled", ".spec.enabled", "Whether it gets new steps.", "boolean", priority=1),
        Column("Queued", ".status.queued", "How many steps wait for it.", "integer", priority=1),
        Column("Cost", ".status.usage.costUSD", "What its steps have spent, in dollars.", priority=1),
    ),
    selectable=(".status.runtime",),
    rules=AGENT_RULES,
)

CONCURRENCY_GROUP = Kind(
    model=ConcurrencyGroup,
    plural="concurrencygroups",
    short_names=("cg",),
    columns=(
        Column("Limit", ".spec.limit", "How many hold the group at once.", "integer"),
        Column("Active", ".status.active", "How many hold it.", "integer"),
        Column("Queued", ".status.queued", "How many wait for it.", "integer"),
        Column("WhenFull", ".spec.whenFull", "What happens to who comes when it is full."),
        AGE,
        Column("Order", ".spec.order", "Who of those that wait goes first.", priority=1),
    ),
)

KINDS = (WORKFLOW, RUN, AGENT, CONCURRENCY_GROUP)
