"""What may stand in artifacts and caches, and that nobody reaches their volumes by another way."""

from typing import Any

import pytest
from longshore.api.workflows import WorkflowSpec
from longshore.planning.acceptance.acceptance import check_workflow
from support.planning.runs import step, workflow


def check(**fields: Any) -> list[str]:
    return [str(finding) for finding in check_workflow(WorkflowSpec.model_validate(workflow(step(**fields))))]


FINE: dict[str, dict[str, Any]] = {
    "globs": {"artifacts": [{"name": "a", "path": "out/**/*.xml"}, {"name": "b", "path": ".", "kind": "dir"}]},
    "a cache at home": {"cache": [{"path": "~/.cache/pip", "key": "k"}]},
    "a cache in the checkout": {"cache": [{"path": "node_modules", "key": "$(run.name)"}]},
    "a cache anywhere": {"cache": [{"path": "/root/.m2", "key": "k", "restoreKeys": ["m2-"]}]},
    "a cache in a memoized step": {"cache": [{"path": "x", "key": "k"}], "memoize": {"key": "k"}},
}


@pytest.mark.parametrize("fields", FINE.values(), ids=FINE)
def test_these_are_fine(fields: dict[str, Any]) -> None:
    assert check(**fields) == []


def cache(path: str) -> dict[str, Any]:
    return {"cache": [{"path": path, "key": "k"}]}


def mount(name: str = "x", path: str = "/x") -> dict[str, Any]:
    return {"volumeMounts": [{"name": name, "mountPath": path}]}


def template(**container: Any) -> dict[str, Any]:
    return {"template": {"spec": {"containers": [{"name": "step", **container}]}}}


def service(**container: Any) -> dict[str, Any]:
    return {"services": [{"name": "db", "container": {"image": "postgres", **container}}]}


def volume(name: str = "x", path: str = "/x", **source: Any) -> dict[str, Any]:
    return {"volumes": [{"name": name, "mountPath": path, **(source or {"emptyDir": {}})}]}


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "absolute": ({"artifacts": [{"name": "a", "path": "/etc/*"}]}, "artifacts[a].path: '/etc/*' is absolute"),
    "up": ({"artifacts": [{"name": "a", "path": "../x"}]}, "artifacts[a].path: '../x' leads out"),
    "twice": ({"artifacts": [{"name": "a", "path": "x"}] * 2}, "artifacts[a]: two artifacts have this name"),
    "memoized": ({"artifacts": [{"name": "a", "path": "x"}], "memoize": {"key": "k"}}, "memoize: can't be had"),
    "a cache up": (cache("../x"), "cache[0].path: '../x' leads out"),
    "all": (cache("/"), "cache[0].path: '/' is the whole file system"),
    "the token": (
        cache("/longshore/archive"),
        "cache[0].path: '/longshore/archive' is a place of Longshore's own",
    ),
    "above us": (cache("/longshore"), "is a place of Longshore's own"),
    "a colon": (cache("a:b"), "holds a colon"),
    "a blank key": ({"cache": [{"path": "x", "key": " "}]}, "cache[0].key: is empty"),
    "one path twice": (
        {"cache": [{"path": "x", "key": "a"}, {"path": "./x", "key": "b"}]},
        "cache[1].path: is another",
    ),
    "an unknown param": (
        {"cache": [{"path": "x", "key": "$(params.no)"}]},
        "cache[0].key: params.no: there is no",
    ),
    "restoreKeys": (
        {"cache": [{"path": "x", "key": "k", "restoreKeys": ["$(steps.no.phase)"]}]},
        "cache[0].restoreKeys[0]: steps.no.phase",
    ),
    "a service mounts the token": (
        service(**mount("longshore-archive")),
        "'longshore-archive' belongs to Longshore",
    ),
    "a service at our place": (service(**mount(path="/longshore/inputs/a")), "'/longshore/inputs/a' belongs"),
    "a service of our name": (
        {"services": [{"name": "artifacts", "container": {"image": "a"}}]},
        "services[artifacts].name: is a container of Longshore's own",
    ),
    "the template mounts the claim": (template(**mount("longshore-artifacts")), "'longshore-artifacts' belongs"),
    "the template at our place": (
        template(**mount(path="/longshore/artifacts")),
        "'/longshore/artifacts' belongs",
    ),
    "the template changes the sidecar": (
        {"template": {"spec": {"initContainers": [{"name": "artifacts", "image": "evil"}]}}},
        "template.spec.initContainers: 'artifacts' belongs to Longshore",
    ),
    "the template changes our volume": (
        {"template": {"spec": {"volumes": [{"name": "longshore-archive", "emptyDir": {}}]}}},
        "template.spec.volumes: 'longshore-archive' belongs to Longshore",
    ),
    "the archive's claim": (
        volume(persistentVolumeClaim={"claimName": "archive"}),
        "volumes[x].persistentVolumeClaim: claim 'archive' is the archive's",
    ),
    "a volume of our name": (volume("longshore-cache-0"), "volumes[longshore-cache-0]: is a volume or a place"),
    "a volume at our place": (volume(path="/longshore/archive/x"), "volumes[x]: is a volume or a place"),
}


@pytest.mark.parametrize(("fields", "said"), WRONG.values(), ids=WRONG)
def test_these_are_refused_by_name(fields: dict[str, Any], said: str) -> None:
    findings = check(**fields)
    assert any(said in finding for finding in findings), findings
    assert all(finding.startswith("spec.steps[build].") for finding in findings)


@pytest.mark.parametrize("mounts", [None, "x", ["x"], [None], {"a": 1}, [{"name": 3, "mountPath": None}]])
def test_no_shape_of_a_template_stumbles_the_check(mounts: Any) -> None:
    assert check(**template(volumeMounts=mounts)) == []


def test_what_defaults_give_is_for_steps_with_a_container() -> None:
    steps = [step("a"), {"name": "ask", "approval": {"message": "go?"}, "needs": ["a"]}]
    spec = workflow(*steps, defaults={"artifacts": [{"name": "a", "path": "x"}]})
    assert check_workflow(WorkflowSpec.model_validate(spec)) == []


def test_a_step_with_a_workflow_has_no_files() -> None:
    call = {"name": "a", "workflow": {"name": "other"}, "artifacts": [{"name": "a", "path": "x"}]}
    [finding] = check_workflow(WorkflowSpec.model_validate(workflow(call)))
    assert str(finding).startswith("spec.steps[a].artifacts: is for a container")
