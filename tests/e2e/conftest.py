"""A cluster with Longshore for the session; for each test a namespace of its own.

What is done is in tests/support; the demo does the same.
"""

import fcntl
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from support.clusters import Cluster, find_cluster
from support.images import EXAMPLES, provide_image
from support.namespaces import Namespace, create_namespace, forgo_archive
from support.releases import Release


@pytest.fixture(scope="session")
def turn(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], AbstractContextManager[None]]:
    """Within, no other worker of this session is."""

    @contextmanager
    def take() -> Iterator[None]:
        with (tmp_path_factory.getbasetemp().parent / "turn").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    return take


@pytest.fixture(scope="session")
def bare_cluster(turn: Callable[[], AbstractContextManager[None]]) -> Cluster:
    """A cluster; Longshore may or may not be on it."""
    with turn():
        return find_cluster()


@pytest.fixture(scope="session")
def cluster(bare_cluster: Cluster, turn: Callable[[], AbstractContextManager[None]]) -> Cluster:
    """A cluster with the chart and images of this checkout."""
    with turn():
        provide_image(bare_cluster, EXAMPLES)
        Release(bare_cluster).install()
    return bare_cluster


@pytest.fixture(scope="session")
def new_archived_namespace(cluster: Cluster) -> Iterator[Callable[[str], Namespace]]:
    """Makes namespaces with a name that begins as given, which get an archive; all of them go at the end."""
    made: list[str] = []

    def create(prefix: str) -> Namespace:
        made.append(f"{prefix}-{secrets.token_hex(3)}")
        return create_namespace(cluster, made[-1])

    yield create
    cluster.kubectl("delete", "namespace", "--ignore-not-found", "--timeout=120s", *made)


@pytest.fixture(scope="session")
def new_namespace(new_archived_namespace: Callable[[str], Namespace]) -> Callable[[str], Namespace]:
    """Makes namespaces without an archive: their pods stay to be looked at."""

    def create(prefix: str) -> Namespace:
        made = new_archived_namespace(prefix)
        forgo_archive(made)
        return made

    return create


@pytest.fixture
def namespace(new_namespace: Callable[[str], Namespace]) -> Namespace:
    """A namespace for one test, without an archive."""
    return new_namespace("e2e")


@pytest.fixture
def archived_namespace(new_archived_namespace: Callable[[str], Namespace]) -> Namespace:
    """A namespace for one test, with an archive from its first Run on."""
    return new_archived_namespace("archived")
