"""Owns every name that Longshore gives or reads: the API group, labels, annotations, pods, variables.

Pure functions of their arguments; it must not know any resource's shape.
"""

import hashlib
import re

GROUP = "longshore.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
CONTROLLER = f"{GROUP}/operator"
"""Who reports Events, and whose Runs are those that name nobody else in `managedBy`."""

MANAGED_BY = "app.kubernetes.io/managed-by"
MANAGER = "longshore"
RUN_LABEL = f"{GROUP}/run"
RUN_UID_LABEL = f"{GROUP}/run-uid"
STEP_LABEL = f"{GROUP}/step"
ATTEMPT_LABEL = f"{GROUP}/attempt"
WORKFLOW_LABEL = f"{GROUP}/workflow"
BATCH_LABEL = f"{GROUP}/batch"
AGENT_LABEL = f"{GROUP}/agent"
"""The Agent that a pod belongs to: what it takes room of."""
TAG_LABEL_PREFIX = f"tags.{GROUP}/"
"""A node has a tag where its label of this prefix and the tag's name is `true`."""
BUILT_IN_AGENT = "built-in"
"""The Agent that each namespace with Runs has."""
PATH_ANNOTATION = f"{GROUP}/path"
SCRIPT_ANNOTATION = f"{GROUP}/script"
FUSED_ANNOTATION = f"{GROUP}/fused"
"""The steps that share a pod, in their order, with commas between; each has a container of its name."""
STOP_ANNOTATION = f"{GROUP}/stop"
"""When a step that was told to end is to be killed, where its pod has more grace than the step."""
ORIGIN_LABEL = f"{GROUP}/origin"
SCHEDULED_ANNOTATION = f"{GROUP}/scheduled-time"
SCHEMA_ANNOTATION = f"{GROUP}/schema-hash"
ARTIFACTS_ANNOTATION = f"{GROUP}/artifacts"
"""What the steps of a pod declare, by path, as JSON: how files travel, and which. The archive reads it."""
ARCHIVED_ANNOTATION = f"{GROUP}/archived"
"""What the archive has of what a pod left, by path, as JSON; once, when that is final. The planner reads it."""
CREDENTIALS_ANNOTATION = f"{GROUP}/credentials"
"""The credentials that a pod has, as the Agent has them, as JSON: names of Secrets, and no values."""
COMPONENT_LABEL = "app.kubernetes.io/component"
ARCHIVE_ANNOTATION = f"{GROUP}/archive"
"""On a namespace: what its archive has otherwise than the chart says, as JSON or `key=value,key=value`."""
DESIGN_ANNOTATION = f"{GROUP}/design-hash"
"""On the archive's Deployment: of what all its objects were made. Written last, so that it tells all are there."""
USED_ANNOTATION = f"{GROUP}/used-at"
"""On the archive's Deployment: when the plugin last woke it."""

ARCHIVE = "archive"
"""The archive's Deployment, Service, service account and claim in each namespace that has Runs."""
ARTIFACTS_CLAIM = "artifacts"
"""The claim that steps mount, where files travel by mount."""
ARCHIVE_AUDIENCE = f"archive.{GROUP}"
"""Whom the tokens of steps are for."""
ARCHIVE_PORT = 8080
ARCHIVE_LOCAL_PORT = 8082
ARCHIVE_PROBES_PORT = 8081

# https://kueue.sigs.k8s.io/docs/reference/labels-and-annotations/
KUEUE_QUEUE_LABEL = "kueue.x-k8s.io/queue-name"
KUEUE_MANAGED_LABEL = "kueue.x-k8s.io/managed"

STEP_CONTAINER = "step"
CHECKOUT_CONTAINER = "checkout"
DEBUG_CONTAINER = "debug"
INPUTS_CONTAINER = "inputs"
ARTIFACTS_CONTAINER = "artifacts"

POD_ENDS = frozenset({"Succeeded", "Failed"})
"""Phases of a pod of which nothing runs any more."""

DNS_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
IDENTIFIER = r"[a-z_][a-z0-9_]*"
MAX_NAME = 63

# https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax: reserved words.
CEL_KEYWORDS = frozenset({
    "as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let",
    "loop", "namespace", "null", "package", "return", "true", "var", "void", "while",
})  # fmt: skip


def build_pod_name(run_name: str, run_uid: str, path: str, attempt: int) -> str:
    """A pod's name: readable, at most 63 characters, and a function of (run UID, step path, attempt).

    The Run's name adds nothing to what tells pods apart, as its UID fixes it.
    """
    digest = hashlib.sha256(f"{run_uid}/{path}/{attempt}".encode()).hexdigest()[:10]
    tail = f"-{attempt}-{digest}"
    step = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")[:24].rstrip("-")
    head = run_name.replace(".", "-")[: MAX_NAME - len(tail) - len(step) - 1].rstrip("-")
    return f"{head}-{step}{tail}"


def build_child_name(run_name: str, run_uid: str, path: str, attempt: int) -> str:
    """The name of an attempt's child Run: like that of a pod, so that it tells as much and is as unique."""
    return build_pod_name(run_name, run_uid, path, attempt)


def build_scheduled_name(workflow: str, minute: int) -> str:
    """The name of the Run for a time, in minutes since 1970: whoever makes it, it is made once."""
    tail = f"-{minute}"
    if len(workflow) + len(tail) <= MAX_NAME:
        return f"{workflow}{tail}"
    # What is cut off still tells two Workflows apart.
    tail = f"-{hashlib.sha256(workflow.encode()).hexdigest()[:10]}{tail}"
    return workflow[: MAX_NAME - len(tail)].rstrip("-.") + tail


def build_claim_name(run_name: str, run_uid: str, volume: str) -> str:
    """The name of the claim of a volume that a Run's steps share: a function of (run UID, volume)."""
    digest = hashlib.sha256(f"{run_uid}/{volume}".encode()).hexdigest()[:10]
    tail = f"-{volume[:24].rstrip('-')}-{digest}"
    return run_name.replace(".", "-")[: MAX_NAME - len(tail)].rstrip("-") + tail


def build_archive_audience(namespace: str) -> str:
    """Whom a caller's token is for that is good for the archive of one namespace, and for no other."""
    return f"{namespace}.{ARCHIVE_AUDIENCE}"


def build_attempt_folder(run_uid: str, path: str, attempt: int) -> str:
    """Where the files of an attempt are in the claim `artifacts`."""
    return f"{run_uid}/{path}/{attempt}"


def build_identifier(name: str) -> str:
    """A step's name as CEL spells it: hyphens are underscores."""
    return name.replace("-", "_")


def build_param_variable(name: str) -> str:
    """The environment variable by which a parameter reaches a step."""
    return f"PARAM_{name.upper()}"


def get_step_name(path: str) -> str:
    """The step of the graph that a path belongs to: `test[0]` is of `test`."""
    return path.partition("[")[0]


def is_slice(path: str) -> bool:
    """Whether a path is of several items of a fan-out, which a child Run runs: `test[250:500]`."""
    return ":" in path


def get_items(path: str) -> range:
    """The items that a path is of: `test[3]` of 3, `test[250:500]` of 250 to 499, `test` of none."""
    first, _, end = path.partition("[")[2].rstrip("]").partition(":")
    return range(int(first), int(end or int(first) + 1)) if first else range(0)
