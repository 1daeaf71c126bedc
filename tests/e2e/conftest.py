"""A cluster with Longshore for the session; for each test a namespace of its own.

What is done is in tests/support; the demo does the same.
"""

import secrets
from collections.abc import Callable, Iterator

import pytest
from support.clusters import Cluster, find_cluster
from support.images import EXAMPLES, provide_image
from support.namespaces import Namespace, create_namespace
from support.releases import Release


@pytest.fixture(scope="session")
def bare_cluster() -> Cluster:
    """A cluster; Longshore may or may not be on it."""
    return find_cluster()


@pytest.fixture(scope="session")
def cluster(bare_cluster: Cluster) -> Cluster:
    """A cluster with the chart and images of this checkout."""
    provide_image(bare_cluster, EXAMPLES)
    Release(bare_cluster).install()
    return bare_cluster


@pytest.fixture(scope="session")
def new_namespace(cluster: Cluster) -> Iterator[Callable[[str], Namespace]]:
    """Makes namespaces with a name that begins as given; all of them go at the end."""
    made: list[str] = []

    def create(prefix: str) -> Namespace:
        made.append(f"{prefix}-{secrets.token_hex(3)}")
        return create_namespace(cluster, made[-1])

    yield create
    cluster.kubectl("delete", "namespace", "--ignore-not-found", "--timeout=120s", *made)


@pytest.fixture
def namespace(new_namespace: Callable[[str], Namespace]) -> Namespace:
    """A namespace for one test."""
    return new_namespace("e2e")
