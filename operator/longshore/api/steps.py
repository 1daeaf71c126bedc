"""Owns a step: what it runs, when, how often, and what becomes of it."""

from typing import Annotated, Literal

from pydantic import Field

from longshore.api.containers import Resources, Service, Variable, Variables, Volume
from longshore.api.fields import (
    AS_SET,
    AnyObject,
    AnyValue,
    Decimal,
    Expression,
    ForeignName,
    Identifier,
    Label,
    Line,
    LongText,
    Model,
    ObjectName,
    Path,
    Seconds,
    Text,
    WholeSeconds,
    map_by,
)

OnError = Literal["Fail", "Continue", "Ask"]
MatrixRow = Annotated[dict[str, AnyValue], Field(max_length=16)]


class ForEach(Model):
    """Runs the step once for each item. Exactly one of items and matrix is set."""

    items: Expression | None = None
    """CEL that gives a list, such as params.targets or ["a", "b"]; each.item is the item."""
    matrix: (
        Annotated[dict[str, Annotated[list[AnyValue], Field(max_length=256)]], Field(min_length=1, max_length=16)]
        | None
    ) = None
    """Lists whose every combination is an item; each.<key> is the value."""
    include: Annotated[list[MatrixRow], Field(max_length=256)] = []
    """Combinations to add to the matrix."""
    exclude: Annotated[list[MatrixRow], Field(max_length=256)] = []
    """Combinations to leave out of the matrix."""
    max_parallel: Annotated[int, Field(ge=1, le=5000)] | None = None
    """How many items run at once; absent: all."""
    fail_fast: bool = False
    """Whether the first failure cancels the items that have not ended."""


class Repeat(Model):
    """Runs the step again until a condition holds."""

    until: Expression
    """CEL; it may read the step's own outputs and each.index, the round from 0."""
    max: Annotated[int, Field(ge=1, le=100)]
    """How many rounds at most; the step fails if the condition does not hold by then."""


class AgentTask(Model):
    """A task for an agent."""

    prompt: LongText
    """What to do, with $(expressions)."""
    tools: Annotated[list[Line], Field(max_length=64)] = []
    """Tools the agent may use; absent: those of its runtime."""
    ask: Literal["Allow", "Deny"] = "Allow"
    """Whether it may ask a person."""


class ChildWorkflow(Model):
    """A Workflow that runs as a child Run of this one."""

    name: ObjectName
    """Name of the Workflow in the same namespace."""
    params: AnyObject = {}
    """Its parameters; strings may hold $(expressions). One that is all of a string keeps its type."""


class Approver(Model):
    """Who may answer. Exactly one field is set."""

    user: ForeignName | None = None
    """A user's name, as Kubernetes knows it."""
    group: ForeignName | None = None
    """A group of users, as Kubernetes knows it."""


class Approval(Model):
    """Waits, without a pod, until people approve."""

    message: Text
    """What they are asked, with $(expressions)."""
    approvers: Annotated[list[Approver], Field(max_length=64)] = []
    """Who may answer; absent: whoever may patch the Run."""
    quorum: Annotated[int, Field(ge=1, le=64)] = 1
    """How many different people have to approve."""
    except_creator: bool = False
    """Whether the Run's creator may not answer."""


class Artifact(Model):
    """Files that the step leaves for later steps and for people."""

    name: Label
    """Name of the artifact, unique in the step."""
    path: Path
    """Glob, relative to $LONGSHORE_ARTIFACTS."""
    kind: Literal["file", "dir", "junit", "coverage", "image", "patch", "report"] = "file"
    """What it is, for those who show it."""
    optional: bool = False
    """Whether the step succeeds without it."""
    retention_seconds: Seconds | None = None
    """For how long it is kept; absent: as long as its Run."""


class Cache(Model):
    """A directory that is restored before the step and saved after its success."""

    path: Path
    """The directory: absolute, below ~/ for HOME, or relative to where the command starts."""
    key: Line
    """Names the content, with $(expressions)."""
    restore_keys: Annotated[list[Line], Field(max_length=16)] = []
    """Prefixes of keys to restore from when the key is not there, with $(expressions)."""


class Memoize(Model):
    """Reuses the outputs of an earlier success."""

    key: Line
    """Names what the outputs depend on, with $(expressions)."""
    max_age_seconds: Seconds | None = None
    """How old the success may be; absent: any age."""


class ModelChoice(Model):
    """The model that an agent's step talks to."""

    provider: Line | None = None
    """Who serves it: anthropic, openai, google, ollama."""
    name: Line | None = None
    """Its name there."""


class Concurrency(Model):
    """A place in a ConcurrencyGroup, to be held while running."""

    group: ObjectName
    """Name of the ConcurrencyGroup."""
    key: Line = ""
    """Counts the limit apart for each value, with $(expressions)."""


class Backoff(Model):
    """How long to wait before the next attempt."""

    seconds: WholeSeconds = 10
    """Before the first retry."""
    factor: Annotated[int, Field(ge=1, le=10)] = 2
    """By what it grows with each retry."""
    max_seconds: WholeSeconds = 300
    """What it grows to at most."""


class Retry(Model):
    """Runs the step again when it failed."""

    limit: Annotated[int, Field(ge=0, le=100)] = 0
    """How many more attempts after a failure of the step's own."""
    infra_limit: Annotated[int, Field(ge=0, le=100)] = 3
    """How many more attempts after a failure of the infrastructure: node lost, evicted, pod deleted."""
    when: Expression | None = None
    """CEL over exitCode, reason and attempt; a failure of the step's own is not retried where it is false."""
    backoff: Backoff = Backoff()
    """How long to wait before the next attempt."""


class Limits(Model):
    """How much may be spent."""

    cost_usd: Annotated[Decimal | None, Field(alias="costUSD")] = None
    """Dollars, as a string such as "2.50"."""
    tokens: Annotated[int, Field(ge=1)] | None = None
    """Tokens in and out."""
    actions: Annotated[int, Field(ge=1)] | None = None
    """Actions of agents."""


class Verify(Model):
    """Makes this step a check: when it fails, the step it names runs again with the finding."""

    step: Label
    """The step to go back to; it and all between run again."""
    max: Annotated[int, Field(ge=1, le=100)]
    """How many times at most."""


class StepFields(Model):
    """What `defaults` may give to all steps, and a step may give itself."""

    needs: Annotated[list[Label], Field(max_length=100, json_schema_extra=AS_SET)] | None = None
    """Steps that have to be done before this one starts."""
    when: Expression | None = None
    """CEL; where it is false, the step is skipped."""
    for_each: ForEach | None = None
    """Runs the step once for each item."""
    repeat: Repeat | None = None
    """Runs the step again until a condition holds."""
    image: Line | None = None
    """Image of the step's container, with $(expressions)."""
    agent: AgentTask | None = None
    """A task for an agent, in place of an image."""
    workflow: ChildWorkflow | None = None
    """A Workflow to run as a child Run, in place of an image."""
    approval: Approval | None = None
    """Waits for people, in place of an image."""
    command: Annotated[list[Text], Field(max_length=256)] | None = None
    """Replaces the image's entrypoint, with $(expressions)."""
    args: Annotated[list[Text], Field(max_length=256)] | None = None
    """Arguments, with $(expressions)."""
    script: LongText | None = None
    """A script to run in place of command, at most 64 KiB; never templated. Without #! it is for sh -e."""
    env: Annotated[list[Variable], Field(max_length=256, json_schema_extra=map_by("name"))] | None = None
    """Environment variables; those of defaults are added to a step's own."""
    env_from: Annotated[list[Variables], Field(max_length=32)] | None = None
    """Secrets and ConfigMaps whose keys become environment variables."""
    working_dir: Line | None = None
    """Where the command starts, with $(expressions); absent: the checkout, or an empty directory."""
    resources: Resources | None = None
    """What the container needs of a node."""
    services: Annotated[list[Service], Field(max_length=8, json_schema_extra=map_by("name"))] | None = None
    """Containers that run beside the step and end with it."""
    volumes: Annotated[list[Volume], Field(max_length=32, json_schema_extra=map_by("name"))] | None = None
    """Volumes and where they are mounted."""
    outputs: Annotated[list[Identifier], Field(max_length=64, json_schema_extra=AS_SET)] | None = None
    """Names of what the step writes to $LONGSHORE_OUTPUT, as lines of key=value or as one JSON object."""
    artifacts: Annotated[list[Artifact], Field(max_length=32, json_schema_extra=map_by("name"))] | None = None
    """Files that the step leaves in $LONGSHORE_ARTIFACTS."""
    cache: Annotated[list[Cache], Field(max_length=8)] | None = None
    """Directories that are restored before the step and saved after its success."""
    memoize: Memoize | None = None
    """Reuses the outputs of an earlier success."""
    agents: Annotated[list[ObjectName], Field(max_length=20, json_schema_extra=AS_SET)] | None = None
    """Agents that may run the step, any of them; absent: any without credentials or a model's secret."""
    required_tags: Annotated[list[Label], Field(max_length=32, json_schema_extra=AS_SET)] | None = None
    """Tags that the node has to have, all of them."""
    credentials: Annotated[list[Label], Field(max_length=16, json_schema_extra=AS_SET)] | None = None
    """Credentials of the Agent that the step gets."""
    model: ModelChoice | None = None
    """The model that an agent's step talks to, in place of the Agent's."""
    concurrency: Concurrency | None = None
    """A place in a ConcurrencyGroup, to be held while the step runs."""
    retry: Retry | None = None
    """When and how often the step runs again after a failure."""
    active_deadline_seconds: Seconds | None = None
    """How long one attempt may run, from the start of its container or child Run."""
    pending_deadline_seconds: Seconds | None = None
    """How long one attempt may wait for its container to start; absent: 600, of a child Run without end."""
    grace_period_seconds: WholeSeconds | None = None
    """How long the container has between SIGTERM and SIGKILL; absent: 30."""
    stall_seconds: Seconds | None = None
    """How long an agent may give no sign of life."""
    limits: Limits | None = None
    """How much the step may spend."""
    verify: Verify | None = None
    """Makes the step a check that sends its finding back to the step it names."""
    on_error: OnError | None = None
    """What a failure does to the Run: Fail (absent) starts nothing new, Continue goes on, Ask asks a person."""
    debug: Literal["OnFailure"] | None = None
    """Keeps the pod of a failed attempt a while, to look into."""
    template: AnyObject | None = None
    """A partial PodTemplateSpec, merged into the pod; it may not weaken what keeps the pod safe."""


class Step(StepFields):
    """A step of the graph. Exactly one of image, agent, workflow and approval is set, here or in defaults."""

    name: Label
    """Name of the step, unique in the Workflow."""
