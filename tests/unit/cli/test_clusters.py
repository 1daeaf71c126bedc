"""Calls to the API server: what is sent, and what its answers mean."""

import json

import httpx2
import pytest
from longshore.cli.cluster.clusters import RUNS as RESOURCE
from longshore.cli.cluster.clusters import Query
from longshore.cli.cluster.refusals import NotInstalledError
from longshore.errors import ConflictError, UnavailableError
from unit.cli.scripts import RUNS, Answer, Script, answer, answer_list, refuse

RUN = {"metadata": {"name": "x", "resourceVersion": "1"}}


def test_create_and_patch() -> None:
    script = Script({RUNS: [answer(RUN)], f"{RUNS}/x": [answer(RUN)]})
    cluster = script.connect()
    assert cluster.create(RESOURCE, {"metadata": {"generateName": "x-"}}) == RUN
    assert cluster.patch(RESOURCE, "x", {"spec": {"cancel": "Graceful"}}) == RUN
    assert [(request.method, request.headers["Content-Type"]) for request in script.asked] == [
        ("POST", "application/json"),
        ("PATCH", "application/merge-patch+json"),
    ]
    assert json.loads(script.asked[1].content) == {"spec": {"cancel": "Graceful"}}


def test_a_manifest_of_another_namespace_goes_there() -> None:
    elsewhere = RUNS.replace("/team/", "/other/")
    Script({elsewhere: [answer(RUN)]}).connect().create(RESOURCE, {"metadata": {"namespace": "other"}})


def test_all_namespaces_and_pages() -> None:
    pages = [answer_list({"n": 1}, token="t"), answer_list({"n": 2}, version="12")]
    script = Script({"/apis/longshore.dev/v1alpha1/runs": [*pages]})
    assert script.connect().list(Query(RESOURCE, None, labels="a=b")) == ([{"n": 1}, {"n": 2}], "12")
    assert script.parameters(1) == {"labelSelector": "a=b", "limit": "500", "continue": "t"}


@pytest.mark.parametrize(
    ("refusal", "kind", "message"),
    [
        (refuse(409, "changed"), ConflictError, "changed"),
        (Answer(404, ("404 page not found",)), NotInstalledError, "helm install"),
        (Answer(502, ("<html>",)), UnavailableError, "the API server answered 502"),
        (Answer(200, ("<html>log in</html>",)), UnavailableError, "is no JSON object: '<html>"),
        (httpx2.ReadTimeout("slow"), UnavailableError, "cannot reach the cluster at https://api: slow"),
        (httpx2.ReadTimeout(""), UnavailableError, "cannot reach the cluster at https://api: ReadTimeout"),
    ],
)
def test_refusals(refusal: Answer | Exception, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        Script({f"{RUNS}/x": [refusal]}).connect().get(RESOURCE, "x")
