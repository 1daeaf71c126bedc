"""Wrong manifests, and what a person is told: the field and the remedy."""

from typing import Any

import pytest
from support.admissions import Caller, Manifest, build_graph, build_object

STEP = {"name": "a", "image": "busybox"}
VOLUME = {"name": "v", "mountPath": "/v"}
CREDENTIAL = {"name": "forge", "secretRef": {"name": "forge"}}
DOCKER = {"name": "registry", "secretRef": {"name": "registry"}, "as": "Docker"}

# What a step of a Workflow or of a Run's own graph adds to STEP, and what is said of it.
WITHOUT_POD = (
    "step a: sets services, debug, artifacts, cache or credentials, which are for a step with a pod; remove them"
)
STEP_MISTAKES: dict[str, tuple[Manifest, str]] = {
    "image and agent": (
        {"agent": {"prompt": "Go"}},
        "step a: sets more than one of image, agent, workflow and approval; keep one",
    ),
    "nothing to run": ({"image": None}, "step a: has nothing to run; set one of image, agent, workflow"),
    "script and command": (
        {"script": "true", "command": ["true"]},
        "step a: sets script and command; keep one",
    ),
    "script without image": (
        {"image": None, "workflow": {"name": "w"}, "script": "true"},
        "step a: sets script, command or args, which are for a step with an image",
    ),
    "services of an approval": (
        {"image": None, "approval": {"message": "?"}, "services": [{"name": "db", "container": {"image": "a"}}]},
        WITHOUT_POD,
    ),
    "debug of a child": (
        {"image": None, "workflow": {"name": "w"}, "debug": "OnFailure"},
        WITHOUT_POD,
    ),
    "two services of one name": (
        {"services": [{"name": "db", "container": {}}, {"name": "db", "container": {}}]},
        "Duplicate value",
    ),
    "items and matrix": (
        {"forEach": {"items": "[1]", "matrix": {"python": ["3.11"]}}},
        "step a: forEach needs exactly one of items and matrix",
    ),
    "forEach of nothing": ({"forEach": {}}, "step a: forEach needs exactly one of items and matrix"),
    "include without matrix": (
        {"forEach": {"items": "[1]", "include": [{"python": "3.12"}]}},
        "step a: forEach.include and forEach.exclude add to a matrix",
    ),
    "variable without value": (
        {"env": [{"name": "A"}]},
        "step a: env: a variable needs exactly one of value and valueFrom",
    ),
    "variable with two values": (
        {"env": [{"name": "A", "value": "a", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]},
        "step a: env: a variable needs exactly one of value and valueFrom",
    ),
    "valueFrom of nothing": (
        {"env": [{"name": "A", "valueFrom": {}}]},
        "step a: env: valueFrom needs exactly one of secretKeyRef, configMapKeyRef and fieldRef",
    ),
    "envFrom of nothing": (
        {"envFrom": [{"prefix": "A_"}]},
        "step a: envFrom: an entry needs exactly one of configMapRef and secretRef",
    ),
    "volume of nothing": ({"volumes": [VOLUME]}, "step a: volumes: a volume needs exactly one of emptyDir"),
    "volume of two sources": (
        {"volumes": [{**VOLUME, "emptyDir": {}, "secret": {"secretName": "s"}}]},
        "step a: volumes: a volume needs exactly one of emptyDir",
    ),
    "approver without name": (
        {"image": None, "approval": {"message": "Go?", "approvers": [{}]}},
        "step a: approval.approvers: an approver needs exactly one of user and group",
    ),
    "output is a keyword": ({"outputs": ["in"]}, "step a: outputs: a name is a word of CEL"),
    "backoff shrinks": (
        {"retry": {"backoff": {"seconds": 10, "maxSeconds": 5}}},
        "step a: retry.backoff.seconds is more than retry.backoff.maxSeconds",
    ),
    "needs itself": ({"needs": ["a"]}, "step a: needs itself; remove it from needs"),
    "verifies itself": ({"verify": {"step": "a", "max": 2}}, "step a: verify.step names the step itself"),
    # What the schema says without rules.
    "unknown field": ({"imagee": "busybox"}, 'unknown field "spec.{}steps[0].imagee"'),
    "wrong type": ({"image": 3}, 'spec.{}steps[0].image: Invalid value: "integer"'),
    "name is no label": ({"name": "A b"}, 'spec.{}steps[0].name: Invalid value: "A b"'),
    "name is too long": ({"name": "a" * 64}, "spec.{}steps[0].name: Too long: may not be more than 63"),
    "script is too long": (
        {"script": "x" * 65537},
        "spec.{}steps[0].script: Too long: may not be more than 65536",
    ),
    "no such value": (
        {"onError": "Ignore"},
        'Unsupported value: "Ignore": supported values: "Fail", "Continue", "Ask"',
    ),
    "too small": ({"activeDeadlineSeconds": 0}, "spec.{}steps[0].activeDeadlineSeconds: Invalid value: 0"),
    "missing field": ({"repeat": {"max": 3}}, "spec.{}steps[0].repeat.until: Required value"),
    "same need twice": ({"needs": ["b", "b"]}, 'spec.{}steps[0].needs[1]: Duplicate value: "b"'),
    "too many needs": (
        {"needs": [f"b{i}" for i in range(101)]},
        "needs: Too many: 101: must have at most 100 items",
    ),
    "same variable twice": (
        {"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]},
        "spec.{}steps[0].env[1]: Duplicate value",
    ),
    "empty matrix": ({"forEach": {"matrix": {}}}, "forEach.matrix: Invalid value"),
}

# The whole graph of a Workflow or of a Run, and what is said of it.
GRAPH_MISTAKES: dict[str, tuple[Any, str]] = {
    "no steps": ({}, "spec.{}steps: Required value"),
    "empty steps": (
        {"steps": []},
        "spec.{}steps: Invalid value: 0: spec.{}steps in body should have at least 1 items",
    ),
    "steps are no list": ({"steps": "a"}, 'spec.{}steps: Invalid value: "string"'),
    "same step twice": ({"steps": [STEP, STEP]}, 'spec.{}steps[1]: Duplicate value: {{"name":"a"}}'),
    "too many steps": (
        {"steps": [{"name": f"s{i}", "image": "a"} for i in range(1001)]},
        "spec.{}steps: Too many: 1001: must have at most 1000 items",
    ),
    "defaults are wrong too": (
        build_graph(defaults={"script": "true", "command": ["true"]}),
        'spec.{}defaults: Invalid value: "object": sets script and command; keep one',
    ),
    "steps of finally are wrong too": (
        build_graph(**{"finally": [{"name": "z", "image": "a", "needs": ["z"]}]}),
        "finally z: needs itself",
    ),
    "finally with nothing to run": (build_graph(**{"finally": [{"name": "z"}]}), "finally z: has nothing to run"),
    "verify in finally": (
        build_graph(**{"finally": [{"name": "z", "image": "a", "verify": {"step": "a", "max": 1}}]}),
        "finally z: has verify, but at the end there is no step to go back to",
    ),
    "param is a keyword": (build_graph(params=[{"name": "for"}]), "param for: is a word of CEL"),
    "param is no identifier": (
        build_graph(params=[{"name": "a-b"}]),
        'spec.{}params[0].name: Invalid value: "a-b"',
    ),
    "param never defaults": (
        build_graph(params=[{"name": "p", "required": True, "default": {"any": "thing"}}]),
        "param p: is required and has a default, which would never be used",
    ),
    "output of the Run is a keyword": (
        build_graph(outputs=[{"name": "null", "value": "1"}]),
        "output null: is a word of CEL",
    ),
    "cron has four fields": (
        build_graph(schedule={"cron": "* * * *"}),
        'spec.{}schedule.cron: Invalid value: "object": cron needs five fields such as 30 2 * * 1-5',
    ),
    "cron has seconds": (build_graph(schedule={"cron": "0 0 0 * * *"}), "cron needs five fields"),
    "cron has a zone": (build_graph(schedule={"cron": "TZ=UTC 0 0 * * *"}), "cron needs five fields"),
    "no such nickname": (build_graph(schedule={"cron": "@reboot"}), "or one of @hourly, @daily, @weekly"),
    "deadline is negative": (
        build_graph(schedule={"cron": "@daily", "startingDeadlineSeconds": -1}),
        "spec.{}schedule.startingDeadlineSeconds: Invalid value: -1",
    ),
    "no such policy": (
        build_graph(schedule={"cron": "@daily", "concurrencyPolicy": "Skip"}),
        'Unsupported value: "Skip": supported values: "Allow", "Forbid", "Replace"',
    ),
    "schedule without cron": (
        build_graph(schedule={"timeZone": "UTC"}),
        "spec.{}schedule.cron: Required value",
    ),
    "ttl is negative": (
        build_graph(ttlSecondsAfterFinished=-1),
        "spec.{}ttlSecondsAfterFinished: Invalid value: -1",
    ),
    "history limit is negative": (
        build_graph(failedRunsHistoryLimit=-1),
        "spec.{}failedRunsHistoryLimit: Invalid value: -1",
    ),
    "credentials in a URL": (
        build_graph(source={"git": {"url": "https://me:secret@git.example/a.git"}}),
        'spec.{}source.git.url: Invalid value: "object": the URL holds credentials',
    ),
}

# What takes the whole graph is said of a Workflow alone; of a Run, by its condition.
WORKFLOW_MISTAKES: dict[str, tuple[Manifest, str]] = {
    "unknown need": (
        build_graph(STEP, {"name": "b", "image": "b", "needs": ["a", "c"]}),
        "step b: needs a step that is not there; name one of steps",
    ),
    "unknown step to verify": (
        build_graph({**STEP, "verify": {"step": "b", "max": 1}}),
        "step a: verify.step names a step that is not there",
    ),
    "finally takes a name": (
        build_graph(STEP, **{"finally": [STEP]}),
        "finally a: is the name of one of steps too",
    ),
}

RUN_MISTAKES: dict[str, tuple[Manifest, str]] = {
    "nothing to run": ({}, 'spec: Invalid value: "object": set exactly one of workflowRef and workflowSpec'),
    "two graphs": (
        {"workflowRef": {"name": "w"}, "workflowSpec": build_graph()},
        'spec: Invalid value: "object": set exactly one of workflowRef and workflowSpec',
    ),
    "rerun from a step unnamed": (
        {"workflowRef": {"name": "w"}, "rerun": {"run": "r", "from": "Step"}},
        'spec.rerun: Invalid value: "object": step goes with from: Step; set both or neither',
    ),
    "rerun from all, at a step": (
        {"workflowRef": {"name": "w"}, "rerun": {"run": "r", "from": "All", "step": "a"}},
        'spec.rerun: Invalid value: "object": step goes with from: Step; set both or neither',
    ),
    "rerun of an attempt of no step": (
        {"workflowRef": {"name": "w"}, "rerun": {"run": "r", "attempt": 2}},
        'spec.rerun: Invalid value: "object": attempt is of a step',
    ),
    "params are no object": ({"workflowRef": {"name": "w"}, "params": []}, 'spec.params: Invalid value: "array"'),
    "no such cancel": (
        {"workflowRef": {"name": "w"}, "cancel": "Now"},
        'supported values: "Graceful", "Immediate"',
    ),
}

OTHER_MISTAKES: dict[str, tuple[Manifest, str]] = {
    "agent extends itself": (
        build_object("Agent", "x", {"extends": "x"}),
        "spec.extends names the Agent itself; name another, or remove it",
    ),
    "tag that is no label": (build_object("Agent", "x", {"tags": ["GPU_1"]}), "spec.tags[0]: Invalid value"),
    "the same tag twice": (build_object("Agent", "x", {"tags": ["gpu", "gpu"]}), "spec.tags[1]: Duplicate value"),
    "node label that is none": (
        build_object("Agent", "x", {"nodeSelector": {"zone": "a b"}}),
        "spec.nodeSelector.zone: Invalid value",
    ),
    "negative capacity": (build_object("Agent", "x", {"capacity": -1}), "spec.capacity: Invalid value"),
    "two credentials of one name": (
        build_object("Agent", "x", {"credentials": [CREDENTIAL, CREDENTIAL]}),
        'spec.credentials[1]: Duplicate value: {"name":"forge"}',
    ),
    "two credentials for Docker": (
        build_object("Agent", "x", {"credentials": [DOCKER, DOCKER | {"name": "other"}]}),
        "two credentials are for Docker, which reads one config; put all registries into one Secret",
    ),
    "credential in no known way": (
        build_object("Agent", "x", {"credentials": [CREDENTIAL | {"as": "Vault"}]}),
        'supported values: "Env", "Files", "Git", "Docker"',
    ),
    "toleration of any value": (
        build_object("Agent", "x", {"tolerations": [{"key": "a", "operator": "Exists", "value": "b"}]}),
        "a toleration has operator Exists and a value; remove one",
    ),
    "toleration of no key": (
        build_object("Agent", "x", {"tolerations": [{"value": "b"}]}),
        "a toleration without a key bears every taint, and needs operator Exists; add one of the two",
    ),
    "toleration for a while": (
        build_object("Agent", "x", {"tolerations": [{"key": "a", "tolerationSeconds": 1}]}),
        "a toleration has tolerationSeconds, which are for effect NoExecute; set that, or remove them",
    ),
    "no such runtime": (build_object("Agent", "x", {"runtime": "magic"}), "spec.runtime: Unsupported value"),
    "two prompts": (
        build_object("Agent", "x", {"role": {"prompt": "a", "promptFrom": {"name": "c", "key": "k"}}}),
        'spec.role: Invalid value: "object": set prompt or promptFrom, not both',
    ),
    **{
        f"name of {kind} is too long": (
            build_object(kind, "x" * 64, spec),
            "metadata.name may have at most 63 characters; choose a shorter one",
        )
        for kind, spec in {
            "Workflow": build_graph(),
            "Run": {"workflowRef": {"name": "w"}},
            "Agent": {},
            "ConcurrencyGroup": {"limit": 1},
        }.items()
    },
}


def build_wrong_step(extra: Manifest) -> Manifest:
    """A graph of STEP and a second step, with this mistake in the first."""
    step = {key: value for key, value in (STEP | extra).items() if value is not None}
    return build_graph(step, {"name": "b", "image": "busybox"})


GRAPHS = {
    **{name: (build_wrong_step(extra), message) for name, (extra, message) in STEP_MISTAKES.items()},
    **GRAPH_MISTAKES,
}


@pytest.mark.parametrize("name", GRAPHS)
def test_wrong_graph_of_a_workflow(admin: Caller, name: str) -> None:
    graph, message = GRAPHS[name]
    said = admin.refuse_manifest(build_object("Workflow", "wrong", graph))
    assert message.format("", "") in said


@pytest.mark.parametrize("name", GRAPHS)
def test_wrong_graph_of_a_run(admin: Caller, name: str) -> None:
    graph, message = GRAPHS[name]
    said = admin.refuse_manifest(build_object("Run", "wrong", {"workflowSpec": graph}))
    assert message.format("workflowSpec.", "workflowSpec.") in said


@pytest.mark.parametrize("name", WORKFLOW_MISTAKES)
def test_wrong_whole(admin: Caller, name: str) -> None:
    graph, message = WORKFLOW_MISTAKES[name]
    assert message in admin.refuse_manifest(build_object("Workflow", "wrong", graph))
    # A Run's graph is the planner's to check.
    admin.create(build_object("Run", f"wrong-{name.replace(' ', '-')}", {"workflowSpec": graph}))


@pytest.mark.parametrize("name", RUN_MISTAKES)
def test_wrong_run(admin: Caller, name: str) -> None:
    spec, message = RUN_MISTAKES[name]
    assert message in admin.refuse_manifest(build_object("Run", "wrong", spec))


@pytest.mark.parametrize("name", OTHER_MISTAKES)
def test_wrong_others(admin: Caller, name: str) -> None:
    manifest, message = OTHER_MISTAKES[name]
    assert message in admin.refuse_manifest(manifest)
