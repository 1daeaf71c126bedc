"""What a refusal of the API server means to people."""

import pytest
from longshore import errors
from longshore.cli.cluster.refusals import NotInstalledError, build_refusal

RUNS = "apis/longshore.dev/v1alpha1/namespaces/x/runs"


@pytest.mark.parametrize(
    ("code", "status", "kind", "message"),
    [
        (404, {}, NotInstalledError, "install it with: helm install longshore charts/longshore"),
        (404, {"message": "page", "details": {}}, NotInstalledError, "helm install"),
        (404, {"message": 'runs "x" not found', "details": {"name": "x"}}, errors.NotFoundError, "not found"),
        (403, {"message": "User b cannot list"}, errors.ForbiddenError, "User b cannot list"),
        (401, {"message": "Unauthorized"}, errors.UnauthorizedError, "log in again"),
        (409, {"message": "exists", "reason": "AlreadyExists"}, errors.AlreadyExistsError, "exists"),
        (409, {"message": "changed", "reason": "Conflict"}, errors.ConflictError, "changed"),
        (410, {"message": "too old"}, errors.GoneError, "too old"),
        (422, {"message": "spec is wrong"}, errors.InvalidError, "spec is wrong"),
        (503, {}, errors.UnavailableError, "the API server answered 503"),
    ],
)
def test_build_refusal(code: int, status: dict[str, object], kind: type[Exception], message: str) -> None:
    refusal = build_refusal(code, status, RUNS)
    assert type(refusal) is kind
    assert message in str(refusal)


def test_a_missing_pod_says_nothing_of_the_installation() -> None:
    assert type(build_refusal(404, {}, "api/v1/namespaces/x/pods/y")) is errors.NotFoundError
