"""Owns the kind Agent: who runs a step, and where."""

from typing import Annotated, Literal

from pydantic import Field

from longshore.api.fields import (
    AS_SET,
    UNFILLED,
    AnyObject,
    Label,
    Line,
    LongText,
    Model,
    ObjectName,
    Priority,
    Timestamp,
    map_by,
)
from longshore.api.objects import Condition, KeyReference, Metadata, SecretReference
from longshore.api.step_statuses import Count, StepPath, Usage
from longshore.api.steps import Limits, ModelChoice

Runtime = Literal["container", "llm", "claude-code", "codex", "gemini", "cursor", "cline"]
LabelValue = Annotated[str, Field(max_length=63, pattern="^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$")]


class Credential(Model):
    """A Secret that steps may ask for by name."""

    name: Label
    """What steps call it."""
    secret_ref: SecretReference
    """The Secret."""
    as_: Annotated[Literal["Env", "Files", "Git", "Docker"], Field(alias="as")] = "Env"
    """How a step gets it: variables, files, git credentials, or a docker config."""


class Toleration(Model):
    """A taint that pods of this Agent bear, as in a pod."""

    key: Annotated[str, Field(max_length=316)] | None = None
    """Key of the taint; absent: any."""
    operator: Literal["Exists", "Equal"] = "Equal"
    """Whether value matters."""
    value: LabelValue | None = None
    """Value of the taint."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """Effect of the taint; absent: any."""
    toleration_seconds: Annotated[int, Field(ge=0)] | None = None
    """How long a NoExecute taint is borne; absent: for ever."""


class McpServer(Model):
    """A server of tools, by the Model Context Protocol."""

    name: Label
    """Its name."""
    url: Line
    """Its URL."""
    secret_ref: SecretReference | None = None
    """The Secret with its token."""


class Memory(Model):
    """What the agent remembers from one Run to the next."""

    scope: Literal["Run", "Workflow", "Agent", "Namespace"] = "Agent"
    """Who shares it."""


class Role(Model):
    """What kind of worker an agent is."""

    prompt: LongText = ""
    """Its standing instructions."""
    prompt_from: KeyReference | None = None
    """A key of a ConfigMap with its standing instructions, in place of prompt."""
    skills: Annotated[list[Line], Field(max_length=64)] = []
    """Skills it has."""
    mcp_servers: Annotated[list[McpServer], Field(max_length=32, json_schema_extra=map_by("name"))] = []
    """Servers of tools it may use."""
    memory: Memory | None = None
    """What it remembers."""


class AgentModel(ModelChoice):
    """The model that an agent talks to."""

    secret_ref: SecretReference | None = None
    """The Secret with the key for it."""
    fallbacks: Annotated[list[ModelChoice], Field(max_length=8)] = []
    """Models to try when it does not answer."""


class Sandbox(Model):
    """What shuts the agent in."""

    runtime_class_name: Annotated[str, Field(max_length=253)] | None = None
    """The RuntimeClass of its pods, such as gvisor."""
    egress: Annotated[list[Line], Field(max_length=64)] = []
    """Hosts it may reach."""


class AgentSpec(Model):
    """Who runs a step, and where."""

    extends: ObjectName | None = None
    """An Agent whose fields this one takes over, each as a whole, where it has none; but for enabled and drain."""
    enabled: bool = True
    """Whether it gets new steps."""
    drain: bool = False
    """Whether it gets no new steps, and those that run are moved elsewhere."""
    priority: Annotated[Priority, Field(json_schema_extra=UNFILLED)] = 0
    """Among Agents that could run a step, higher goes first; absent: 0."""
    capacity: Annotated[int, Field(ge=0, le=100_000)] | None = None
    """How many steps it runs at once; absent: no limit."""
    tags: Annotated[list[Label], Field(max_length=64, json_schema_extra=AS_SET)] = []
    """Tags of its nodes: the label tags.longshore.dev/<tag>."""
    node_selector: Annotated[dict[str, LabelValue], Field(max_length=64)] = {}
    """Labels of its nodes."""
    tolerations: Annotated[list[Toleration], Field(max_length=32)] = []
    """Taints that its pods bear."""
    template: AnyObject | None = None
    """A partial PodTemplateSpec, merged into each pod before the step's own."""
    credentials: Annotated[list[Credential], Field(max_length=32, json_schema_extra=map_by("name"))] = []
    """Secrets that steps may ask for. An Agent with any runs only steps that name it."""
    runtime: Annotated[Runtime, Field(json_schema_extra=UNFILLED)] = "container"
    """What runs the step: its own container, an LLM in Longshore's loop, or a coding CLI; absent: container."""
    image: Line | None = None
    """Image of the runtime, in place of the runner image."""
    role: Role | None = None
    """What kind of worker it is."""
    model: AgentModel | None = None
    """The model that it talks to."""
    sandbox: Sandbox | None = None
    """What shuts it in."""
    limits: Limits | None = None
    """How much each of its steps may spend."""


class AgentNode(Model):
    """A node of the Agent."""

    name: Annotated[str, Field(max_length=253)]
    """Name of the node."""
    address: Line | None = None
    """Its address inside the cluster."""
    version: Line | None = None
    """Version of its kubelet."""
    ready: bool = False
    """Whether it takes pods."""
    reason: Line | None = None
    """Why it takes none: Unreachable, NotReady, Cordoned, or a taint that tells how it does."""
    heartbeat: Timestamp | None = None
    """When it last gave a sign of life."""


class CurrentStep(Model):
    """A step that the Agent runs now."""

    run: ObjectName
    """The Run."""
    step: StepPath
    """The step's path."""


class AgentStatus(Model):
    """What is known of an Agent."""

    conditions: Annotated[list[Condition], Field(max_length=16, json_schema_extra=map_by("type"))] = []
    """Ready: whether steps can start here."""
    runtime: Runtime | None = None
    """What runs its steps, also where that is said by the Agent that it extends."""
    model: Line | None = None
    """The model that it talks to, likewise."""
    nodes: Annotated[list[AgentNode], Field(max_length=100, json_schema_extra=map_by("name"))] = []
    """Its nodes, at most 100: those that take no pods first."""
    ready_nodes: Annotated[str, Field(max_length=24)] | None = None
    """How many of its nodes take pods, of how many: 2/3."""
    active: Count = 0
    """How many steps have a pod here."""
    queued: Count = 0
    """How many steps wait that it may run, beside other Agents."""
    load: Annotated[str, Field(max_length=24)] | None = None
    """How many steps have a pod here, of how many at once: 2/4."""
    current: Annotated[list[CurrentStep], Field(max_length=100)] = []
    """The steps that have a pod here now, at most 100."""
    usage: Usage | None = None
    """What its steps have spent."""


class Agent(Model):
    """Who runs a step, and where."""

    metadata: Metadata
    spec: AgentSpec = AgentSpec()
    status: AgentStatus = AgentStatus()
