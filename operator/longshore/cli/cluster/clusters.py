"""Owns the calls to the API server. Objects are dicts, errors are of our tree. Must not print or decide."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
from lightkube.config.client_adapter import ConnectionParams
from lightkube.core.exceptions import ConfigError

from longshore.cli.cluster.kubeconfigs import load_config
from longshore.cli.cluster.refusals import build_refusal
from longshore.cli.words.targets import Target
from longshore.errors import UnauthorizedError, UnavailableError
from longshore.names import GROUP, VERSION

Object = dict[str, Any]
_JSON = {"Content-Type": "application/json"}
_MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
_METADATA = {"Accept": "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"}
SECONDS = 30.0
PAGE = 500
LIMITS = httpx2.Limits(max_keepalive_connections=20)
"""Each log that is followed has a connection of its own, and there may be hundreds: so no limit of those."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind as the API server's paths have it."""

    api: str
    plural: str
    is_namespaced: bool = True


RUNS = Resource(f"apis/{GROUP}/{VERSION}", "runs")
WORKFLOWS = Resource(f"apis/{GROUP}/{VERSION}", "workflows")
AGENTS = Resource(f"apis/{GROUP}/{VERSION}", "agents")
CONCURRENCY_GROUPS = Resource(f"apis/{GROUP}/{VERSION}", "concurrencygroups")
PODS = Resource("api/v1", "pods")
NODES = Resource("api/v1", "nodes", is_namespaced=False)
EVENTS = Resource("api/v1", "events")
NAMESPACES = Resource("api/v1", "namespaces")
DEPLOYMENTS = Resource("apis/apps/v1", "deployments")
_REVIEWS = Resource("apis/authentication.k8s.io/v1", "selfsubjectreviews")


@dataclass(frozen=True, slots=True)
class Query:
    """Which objects to list or watch."""

    resource: Resource
    namespace: str | None
    """None: all namespaces."""
    labels: str = ""
    fields: str = ""

    @property
    def path(self) -> str:
        """Path of the collection."""
        return _build_path(self.resource, self.namespace)

    @property
    def parameters(self) -> dict[str, str]:
        """The selectors, as query parameters."""
        selectors = {"labelSelector": self.labels, "fieldSelector": self.fields}
        return {name: value for name, value in selectors.items() if value}


class Cluster:
    """The API server, and the namespace that is meant where none is named. Safe for threads."""

    def __init__(self, client: httpx2.Client, namespace: str) -> None:
        self._client = client
        self.namespace = namespace

    def get(self, resource: Resource, name: str) -> Object:
        """One object. Raises NotFoundError."""
        return self.request("GET", _build_path(resource, self.namespace, name))

    def create(self, resource: Resource, manifest: Object, *, is_dry: bool = False) -> Object:
        """Make an object, or see whether it could be made; returns it as the API server has it."""
        content = json.dumps(manifest).encode()
        path = _build_path(resource, manifest["metadata"].get("namespace", self.namespace))
        parameters = {"dryRun": "All"} if is_dry else None
        return self.request("POST", path, parameters, content=content, headers=_JSON)

    def patch(self, resource: Resource, name: str, change: Object, namespace: str | None = None) -> Object:
        """Apply a merge patch; returns the object. Without a namespace it is in the one that is meant."""
        path, content = _build_path(resource, namespace or self.namespace, name), json.dumps(change).encode()
        return self.request("PATCH", path, content=content, headers=_MERGE_PATCH)

    def get_user(self) -> str:
        """The name under which the API server knows who asks."""
        review = {"apiVersion": _REVIEWS.api.removeprefix("apis/"), "kind": "SelfSubjectReview"}
        content, path = json.dumps(review).encode(), _build_path(_REVIEWS, None)
        answer = self.request("POST", path, content=content, headers=_JSON)
        return str(answer["status"]["userInfo"]["username"])

    def list(self, query: Query) -> tuple[list[Object], str]:
        """All objects that the query means, and the version to watch from."""
        items: list[Object] = []
        parameters = {**query.parameters, "limit": str(PAGE)}
        while True:
            page = self.request("GET", query.path, parameters)
            items += page["items"]
            if not (token := page["metadata"].get("continue")):
                return items, page["metadata"]["resourceVersion"]
            parameters["continue"] = token

    def list_metadata(self, query: Query) -> Sequence[Object]:
        """The metadata of all objects that the query means, which is quick however large they are."""
        found: Sequence[Object] = self.request("GET", query.path, query.parameters, headers=_METADATA)["items"]
        return found

    def request(
        self, method: str, path: str, parameters: Mapping[str, str] | None = None, *,
        content: bytes | None = None, headers: Mapping[str, str] | None = None,
    ) -> Object:  # fmt: skip
        """One call that answers with an object."""
        with self._converse():
            response = self._client.request(
                method, path, params=parameters, content=content, headers=headers, timeout=SECONDS
            )
        _check(response, path)
        return parse_object(response.text)

    @contextmanager
    def stream(self, path: str, parameters: Mapping[str, str], silence: float | None) -> Iterator[Iterator[str]]:
        """The lines of an answer as they come; UnavailableError after `silence` seconds without one."""
        timeout = httpx2.Timeout(SECONDS, read=silence)
        with self._converse(), self._client.stream("GET", path, params=parameters, timeout=timeout) as response:
            if response.status_code >= 400:
                response.read()
                _check(response, path)
            yield response.iter_lines()

    @contextmanager
    def _converse(self) -> Iterator[None]:
        try:
            yield
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            reason = str(error) or type(error).__name__
            raise UnavailableError(f"cannot reach the cluster at {self._client.base_url}: {reason}") from error
        except (ConfigError, FileNotFoundError) as error:
            raise UnauthorizedError(f"cannot get credentials: {' '.join(str(error).split())}") from error


def connect(target: Target) -> Cluster:
    """The cluster that the options and the kubeconfig mean. Calls nothing yet. Raises SettingsError."""
    config = load_config(target)
    client = httpx2.Client(**ConnectionParams().httpx_params(config), limits=LIMITS)
    return Cluster(client, target.namespace or config.namespace)


def parse_object(text: str) -> Object:
    """The JSON object in a text. Raises UnavailableError where it is none, as from a proxy in between."""
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise UnavailableError(f"the cluster's answer is no JSON object: {text[:100]!r}")
    return parsed


def build_log_path(namespace: str, pod: str) -> str:
    """Path of a pod's log."""
    return f"{_build_path(PODS, namespace, pod)}/log"


def _build_path(resource: Resource, namespace: str | None, name: str | None = None) -> str:
    place = f"namespaces/{namespace}/" if namespace and resource.is_namespaced else ""
    return f"{resource.api}/{place}{resource.plural}" + (f"/{name}" if name else "")


def _check(response: httpx2.Response, path: str) -> None:
    if response.status_code < 400:
        return
    try:
        status = parse_object(response.text)
    except UnavailableError:
        status = {}
    raise build_refusal(response.status_code, status, path)
