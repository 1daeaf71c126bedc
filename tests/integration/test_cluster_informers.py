"""Whatever happens to its streams, the cache becomes equal to LIST, and subscribers can follow it by changes."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest
from longshore.cluster.caches import Change
from longshore.cluster.calls import Selection, WatchTimeouts
from longshore.cluster.connections import connect
from longshore.cluster.informers import Informer
from longshore.cluster.paces import Pace
from longshore.cluster.reflectors import Interest
from longshore.cluster.resources import PODS, Object
from longshore.cluster.transports import Transport
from support.api_server import ApiServer
from support.builders import build_pod
from support.conditions import eventually
from support.faults import Answer, Cut, Fault, LoseRequest, Stall, StreamError
from support.faulty_proxy import FaultyProxy
from support.observers import Recorder

SELECTOR = "group in (a,b)"


def slim(pod: Object) -> Object:
    return {"metadata": {key: value for key, value in pod["metadata"].items() if key != "managedFields"}}


def get_group(pod: Object) -> str:
    return str(pod["metadata"]["labels"]["group"])


def build_interest(*namespaces: str) -> Interest:
    """Pods of groups a and b; a stream is dead after a second of silence."""
    return Interest(PODS, slim, get_group, namespaces, SELECTOR, WatchTimeouts(stall=1))


class Follower:
    """A subscriber that knows the cache by its changes alone."""

    def __init__(self) -> None:
        self.pods: dict[str, Object] = {}
        self.changes: list[Change] = []

    def __call__(self, change: Change) -> None:
        """Take a change in, which must follow from what was told before."""
        self.changes.append(change)
        known = change.old or change.new
        assert known is not None
        assert self.pods.pop(known["metadata"]["uid"], None) == change.old
        if change.new:
            self.pods[change.new["metadata"]["uid"]] = change.new


@pytest.fixture
async def client(proxy: FaultyProxy, tmp_path: Path) -> AsyncIterator[Transport]:
    """Calls through the proxy, which give up after two seconds."""
    connection = await connect(proxy.write_kubeconfig(tmp_path / "kubeconfig"))
    async with Transport(connection, Pace(timeout=2)) as transport:
        yield transport


class Scene:
    """An informer of one namespace behind the proxy, and an administrator who changes what is there."""

    def __init__(self, client: Transport, admin: Transport, namespace: str) -> None:
        self.admin = admin
        self.namespace = namespace
        self.recorder = Recorder()
        self.follower = Follower()
        self.informer = Informer(client, build_interest(namespace), self.recorder)
        self.informer.subscribe(self.follower)

    async def churn(self, prefix: str) -> None:
        """Create five pods, change one, move one out of the selection, one to another group, and delete one."""
        for n in range(5):
            await self.admin.create(PODS, self.namespace, build_pod(f"{prefix}{n}", group="a"))
        await self.admin.patch(PODS, self.namespace, f"{prefix}0", {"status": {"phase": "Running"}}, "status")
        await self.label(f"{prefix}1", group="elsewhere")
        await self.label(f"{prefix}2", group="b")
        pod = await self.admin.get(PODS, self.namespace, f"{prefix}3")
        await self.delete(pod)

    async def label(self, name: str, **labels: str) -> None:
        """Change labels of a pod."""
        await self.admin.patch(PODS, self.namespace, name, {"metadata": {"labels": labels}})

    async def delete(self, pod: Object) -> None:
        """Delete a pod at once."""
        await self.admin.delete(
            PODS, self.namespace, pod["metadata"]["name"], pod["metadata"]["uid"], grace_seconds=0
        )

    async def assert_equals_list(self) -> None:
        """Wait until the cache equals LIST; then its groups, and what was told of it, do too."""
        listing = await self.admin.list(PODS, Selection(self.namespace, SELECTOR))
        expected = {pod["metadata"]["uid"]: slim(pod) for pod in listing.items}

        async def is_equal() -> bool:
            return {pod["metadata"]["uid"]: pod for pod in self.informer.all()} == expected

        await eventually(is_equal)
        assert self.follower.pods == expected
        for group in ("a", "b"):
            found = {pod["metadata"]["uid"] for pod in self.informer.by_index(group)}
            assert found == {uid for uid, pod in expected.items() if get_group(pod) == group}


@pytest.fixture
def scene(client: Transport, admin: Transport, namespace: str) -> Scene:
    return Scene(client, admin, namespace)


@asynccontextmanager
async def running(informer: Informer) -> AsyncIterator[None]:
    """Within, the informer runs."""
    task = asyncio.create_task(informer.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


FAULTS = [
    (Cut(), "UnavailableError"),
    (Cut(events=3), "UnavailableError"),
    (Stall(), "UnavailableError"),
    (Stall(events=3), "UnavailableError"),
    (StreamError(410, events=2), "GoneError"),
    (StreamError(500, events=2), "UnavailableError"),
    (Answer(410), "GoneError"),
    (Answer(429, {"Retry-After": "1"}), "ThrottledError"),
    (Answer(500), "UnavailableError"),
    (Answer(401), "UnauthorizedError"),
    (Answer(403), "ForbiddenError"),
    (LoseRequest(), "UnavailableError"),
]


@pytest.mark.parametrize(("fault", "reason"), FAULTS, ids=[repr(fault) for fault, _ in FAULTS])
async def test_a_watch_that_fails(scene: Scene, proxy: FaultyProxy, fault: Fault, reason: str) -> None:
    proxy.add(fault, "watch", "pods", times=4)
    await scene.churn("before")
    changes = itertools.count()

    async def has_failed_twice() -> bool:
        await scene.label("before0", change=str(next(changes)))
        return scene.recorder.restarts.count(reason) >= 2

    async with running(scene.informer):
        await scene.informer.wait_synced()
        await eventually(has_failed_twice)
        await scene.churn("after")
        await scene.assert_equals_list()
    # Only what is too old has to be listed anew.
    assert (proxy.count()["list", "pods"] > 1) is (reason == "GoneError")


async def test_what_went_while_the_api_server_was_away(scene: Scene, proxy: FaultyProxy) -> None:
    await scene.churn("before")
    async with running(scene.informer):
        await scene.informer.wait_synced()
        gone = scene.informer.all()
        async with proxy.stopped():
            for pod in gone:
                await scene.delete(pod)
            await scene.churn("while")
            proxy.add(Answer(410), "watch", "pods")
        await scene.assert_equals_list()
    assert all(Change(pod, None) in scene.follower.changes for pod in gone)


async def test_health_tells_of_an_api_server_that_is_away(scene: Scene, proxy: FaultyProxy) -> None:
    async def is_silent() -> bool:
        health = scene.informer.health()
        return health.is_synced and health.silent_seconds > 2 and "UnavailableError" in health.failure

    async with running(scene.informer):
        await scene.informer.wait_synced()
        async with proxy.stopped():
            await eventually(is_silent)
            await scene.churn("while")
        await scene.assert_equals_list()
        health = scene.informer.health()
        assert health.failure == ""
        assert health.silent_seconds < 2


async def test_an_api_server_that_comes_late(scene: Scene, proxy: FaultyProxy) -> None:
    async def has_tried() -> bool:
        return scene.informer.health().failure != ""

    await scene.churn("before")
    async with AsyncExitStack() as stack:
        async with proxy.stopped():
            await stack.enter_async_context(running(scene.informer))
            await eventually(has_tried)
            assert not scene.informer.health().is_synced
        await scene.informer.wait_synced()
        await scene.assert_equals_list()


async def test_a_version_that_never_works_is_given_up(scene: Scene, proxy: FaultyProxy) -> None:
    proxy.add(Answer(504), "watch", "pods", times=1000)

    async def has_listed_anew() -> bool:
        return proxy.count()["list", "pods"] > 1

    async with running(scene.informer):
        await eventually(has_listed_anew)
        proxy.rules.clear()
        await scene.churn("after")
        await scene.assert_equals_list()


async def test_silence_of_a_quiet_cluster_is_no_failure(scene: Scene) -> None:
    async def has_stalled_often() -> bool:
        return scene.recorder.restarts.count("UnavailableError") >= 3

    async with running(scene.informer):
        await scene.informer.wait_synced()
        await eventually(has_stalled_often)
        assert scene.informer.health().silent_seconds < 2


async def test_rights_that_come_late(api_server: ApiServer, namespace: str, admin: Transport) -> None:
    def create(*arguments: str) -> None:
        api_server.kubectl("create", *arguments, "--namespace", namespace)

    async def is_forbidden() -> bool:
        return "ForbiddenError" in informer.health().failure

    async with Transport(await connect(api_server.kubeconfig("bob"))) as bob:
        informer = Informer(bob, build_interest(namespace))
        async with running(informer):
            await eventually(is_forbidden)
            assert not informer.health().is_synced
            await admin.create(PODS, namespace, build_pod("p", group="a"))
            create("role", "reader", "--verb=list,watch", "--resource=pods")
            create("rolebinding", "reader", "--role=reader", "--user=bob")
            await informer.wait_synced()
            assert len(informer.by_index("a")) == 1


async def test_our_own_writes_are_there_at_once_and_told_once(scene: Scene) -> None:
    async def has_later_pod() -> bool:
        return bool(scene.informer.by_index("b"))

    async def is_gone() -> bool:
        return not scene.informer.by_index("a")

    async with running(scene.informer):
        await scene.informer.wait_synced()
        pod = await scene.admin.create(PODS, scene.namespace, build_pod("p", group="a"))
        scene.informer.remember(pod)
        assert scene.informer.by_index("a") == [slim(pod)]
        # Once the stream has told of a later pod, the echo of the first has passed too.
        await scene.admin.create(PODS, scene.namespace, build_pod("q", group="b"))
        await eventually(has_later_pod)
        assert scene.follower.changes.count(Change(None, slim(pod))) == 1
        assert scene.informer.by_index("a") == [slim(pod)]
        await scene.delete(pod)
        await eventually(is_gone)
        scene.informer.remember(pod)
        assert scene.informer.by_index("a") == []


async def test_some_namespaces_have_a_watch_each(
    client: Transport, proxy: FaultyProxy, admin: Transport, api_server: ApiServer, namespace: str
) -> None:
    second, other = f"{namespace}-second", f"{namespace}-other"
    for name in (second, other):
        api_server.kubectl("create", "namespace", name)
    await admin.create(PODS, namespace, build_pod("p", group="a"))
    await admin.create(PODS, second, build_pod("q", group="a"))
    await admin.create(PODS, other, build_pod("r", group="a"))
    informer = Informer(client, build_interest(namespace, second))
    async with running(informer):
        await informer.wait_synced()
        assert sorted(pod["metadata"]["name"] for pod in informer.by_index("a")) == ["p", "q"]
        informer.remember(await client.create(PODS, second, build_pod("s", group="a")))
        assert sorted(pod["metadata"]["name"] for pod in informer.by_index("a")) == ["p", "q", "s"]

        async def watches_both() -> bool:
            return proxy.count()["watch", "pods"] == 2

        await eventually(watches_both)


async def test_all_namespaces_have_one_watch(client: Transport, admin: Transport, namespace: str) -> None:
    informer = Informer(client, build_interest())
    async with running(informer):
        await informer.wait_synced()
        pod = await admin.create(PODS, namespace, build_pod("p", group="a"))
        informer.remember(pod)
        assert slim(pod) in informer.by_index("a")


async def test_a_bug_in_a_subscriber_ends_it(client: Transport, admin: Transport, namespace: str) -> None:
    def fail(change: Change) -> None:
        raise ZeroDivisionError(change)

    informer = Informer(client, build_interest(namespace))
    informer.subscribe(fail)
    await admin.create(PODS, namespace, build_pod("p", group="a"))
    with pytest.raises(ExceptionGroup) as caught:
        await informer.run()
    assert caught.group_contains(ZeroDivisionError)


async def test_a_bug_in_slimming_does_not_end_it_but_shows(
    client: Transport, admin: Transport, namespace: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(pod: Object) -> Object:
        raise ZeroDivisionError(pod["metadata"]["name"])

    await admin.create(PODS, namespace, build_pod("p", group="a"))
    informer = Informer(client, Interest(PODS, fail, get_group, (namespace,)))
    async with running(informer):

        async def shows_failure() -> bool:
            return "ZeroDivisionError" in informer.health().failure

        await eventually(shows_failure)
        assert not informer.health().is_synced
    assert "watching pods failed" in caplog.text
