"""Calls against a real API server, straight and through a proxy that makes them fail."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from longshore import errors
from longshore.cluster import transports
from longshore.cluster.calls import Selection, WatchTimeouts
from longshore.cluster.connections import connect
from longshore.cluster.events import Occurrence, Publisher
from longshore.cluster.paces import Pace
from longshore.cluster.resources import NODES, PODS, Resource
from longshore.cluster.transports import Transport
from support.api_server import ApiServer
from support.builders import build_pod
from support.faults import Answer, Delay, Fault, LoseAnswer, LoseRequest
from support.faulty_proxy import FaultyProxy
from support.kubeconfigs import write_kubeconfig
from support.observers import Recorder

THINGS = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.test.longshore.dev}
spec:
  group: test.longshore.dev
  names: {kind: Thing, plural: things}
  scope: Namespaced
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
"""


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
async def client(proxy: FaultyProxy, tmp_path: Path, recorder: Recorder) -> AsyncIterator[Transport]:
    """Calls through the proxy, which give up after three seconds."""
    connection = await connect(proxy.write_kubeconfig(tmp_path / "kubeconfig"))
    async with Transport(connection, Pace(timeout=3), recorder) as transport:
        yield transport


async def test_a_pod_from_create_to_delete(admin: Transport, namespace: str) -> None:
    created = await admin.create(PODS, namespace, build_pod("p"))
    read = await admin.get(PODS, namespace, "p")
    assert read["metadata"]["uid"] == created["metadata"]["uid"]
    patched = await admin.patch(PODS, namespace, "p", {"status": {"phase": "Running"}}, "status")
    assert patched["status"]["phase"] == "Running"
    labelled = await admin.patch(PODS, namespace, "p", {"metadata": {"labels": {"app": None, "x": "y"}}})
    assert labelled["metadata"]["labels"] == {"x": "y"}
    await admin.delete(PODS, namespace, "p", created["metadata"]["uid"], grace_seconds=0)
    with pytest.raises(errors.NotFoundError, match='pods "p" not found'):
        await admin.get(PODS, namespace, "p")


async def test_a_delete_spares_a_successor_of_the_same_name(admin: Transport, namespace: str) -> None:
    await admin.create(PODS, namespace, build_pod("p"))
    with pytest.raises(errors.ConflictError):
        await admin.delete(PODS, namespace, "p", "00000000-0000-0000-0000-000000000000")
    assert await admin.get(PODS, namespace, "p")


async def test_a_name_that_is_taken(admin: Transport, namespace: str) -> None:
    await admin.create(PODS, namespace, build_pod("p"))
    with pytest.raises(errors.AlreadyExistsError, match="already exists"):
        await admin.create(PODS, namespace, build_pod("p"))


async def test_a_patch_of_what_changed_meanwhile(admin: Transport, namespace: str) -> None:
    old = await admin.create(PODS, namespace, build_pod("p"))
    await admin.patch(PODS, namespace, "p", {"metadata": {"labels": {"x": "y"}}})
    version = {"resourceVersion": old["metadata"]["resourceVersion"]}
    with pytest.raises(errors.ConflictError):
        await admin.patch(PODS, namespace, "p", {"metadata": version | {"labels": {"x": "z"}}})


async def test_an_object_that_is_not_accepted(admin: Transport, namespace: str) -> None:
    with pytest.raises(errors.InvalidError, match=r"spec\.containers"):
        await admin.create(PODS, namespace, build_pod("p") | {"spec": {}})


async def test_users_without_rights_and_without_names(
    api_server: ApiServer, namespace: str, tmp_path: Path
) -> None:
    async with Transport(await connect(api_server.kubeconfig("alice"))) as transport:
        with pytest.raises(errors.ForbiddenError, match="alice"):
            await transport.get(PODS, namespace, "p")
    stranger = write_kubeconfig(tmp_path / "k", api_server.url, "wrong", api_server.folder / "apiserver.crt")
    async with Transport(await connect(stranger)) as transport:
        with pytest.raises(errors.UnauthorizedError):
            await transport.get(PODS, namespace, "p")


async def test_a_list_comes_in_pages_and_whole(
    admin: Transport, client: Transport, proxy: FaultyProxy, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(7):
        await admin.create(PODS, namespace, build_pod(f"p{n}", group="even" if n % 2 == 0 else "odd"))
    monkeypatch.setattr(transports, "PAGE", 2)
    listing = await client.list(PODS, Selection(namespace, "group=even"))
    assert [pod["metadata"]["name"] for pod in listing.items] == ["p0", "p2", "p4", "p6"]
    assert {(pod["apiVersion"], pod["kind"]) for pod in listing.items} == {("v1", "Pod")}
    newest = max(int(pod["metadata"]["resourceVersion"]) for pod in listing.items)
    assert listing.version >= newest
    assert proxy.count() == {("list", "pods"): 2}


async def test_a_watch_tells_what_happens_after_a_version(admin: Transport, namespace: str) -> None:
    listing = await admin.list(PODS, Selection(namespace))
    pod = await admin.create(PODS, namespace, build_pod("p", padding="x" * 200_000))
    await admin.delete(PODS, namespace, "p", pod["metadata"]["uid"], grace_seconds=0)
    kinds = []
    async with admin.watch(PODS, Selection(namespace), listing.version, WatchTimeouts()) as events:
        async for event in events:
            kinds.append(event["type"])
            if event["type"] == "DELETED":
                break
    assert (kinds[0], kinds[-1]) == ("ADDED", "DELETED")


async def test_a_version_that_is_too_old_to_watch_from(admin: Transport, api_server: ApiServer) -> None:
    # What was there before the kind was is too old for certain.
    api_server.kubectl("create", "-f", "-", stdin=THINGS)
    api_server.kubectl("wait", "--for=condition=Established", "crd/things.test.longshore.dev")
    things = Resource("test.longshore.dev", "v1", "things")
    assert (await admin.list(things, Selection())).items == ()
    with pytest.raises(errors.GoneError, match="too old"):
        async with admin.watch(things, Selection(), 1, WatchTimeouts()) as events:
            await anext(events)


async def test_the_api_server_ends_a_watch(admin: Transport, namespace: str) -> None:
    listing = await admin.list(PODS, Selection(namespace))
    async with admin.watch(PODS, Selection(namespace), listing.version, WatchTimeouts(server=1)) as events:
        assert {event["type"] async for event in events} <= {"BOOKMARK"}


PASSING = [Answer(500), Answer(503), LoseRequest(), Delay(0.2)]


@pytest.mark.parametrize("fault", PASSING, ids=repr)
async def test_failures_that_pass_are_not_seen(
    client: Transport, proxy: FaultyProxy, namespace: str, fault: Fault
) -> None:
    proxy.add(fault, times=2)
    pod = await client.create(PODS, namespace, build_pod("p"))
    proxy.add(fault)
    await client.patch(PODS, namespace, "p", {"status": {"phase": "Running"}}, "status")
    proxy.add(fault)
    await client.delete(PODS, namespace, "p", pod["metadata"]["uid"], grace_seconds=0)
    proxy.add(fault)
    assert (await client.list(PODS, Selection(namespace))).items == ()


async def test_lost_answers_are_told_apart(client: Transport, proxy: FaultyProxy, namespace: str) -> None:
    proxy.add(LoseAnswer())
    with pytest.raises(errors.AlreadyExistsError):
        await client.create(PODS, namespace, build_pod("p"))
    pod = await client.get(PODS, namespace, "p")
    version = {"resourceVersion": pod["metadata"]["resourceVersion"]}
    proxy.add(LoseAnswer())
    with pytest.raises(errors.ConflictError):
        await client.patch(PODS, namespace, "p", {"metadata": version | {"labels": {"x": "y"}}})
    proxy.add(LoseAnswer())
    with pytest.raises(errors.NotFoundError):
        await client.delete(PODS, namespace, "p", pod["metadata"]["uid"], grace_seconds=0)
    assert proxy.count() == {
        ("create", "pods"): 2,
        ("get", "pods"): 1,
        ("patch", "pods"): 2,
        ("delete", "pods"): 2,
    }


async def test_retry_after_is_waited_for(client: Transport, proxy: FaultyProxy, namespace: str) -> None:
    proxy.add(Answer(429, {"Retry-After": "1"}))
    start = time.monotonic()
    await client.list(PODS, Selection(namespace))
    assert time.monotonic() - start >= 1
    assert proxy.count() == {("list", "pods"): 2}


async def test_a_wait_longer_than_the_call_may_take_is_left_to_the_caller(
    client: Transport, proxy: FaultyProxy, namespace: str
) -> None:
    proxy.add(Answer(429, {"Retry-After": "30"}))
    with pytest.raises(errors.ThrottledError) as caught:
        await client.list(PODS, Selection(namespace))
    assert caught.value.retry_after == 30


@pytest.mark.parametrize("fault", [Answer(500), LoseRequest(), Delay(60)], ids=repr)
async def test_a_call_gives_up_in_time(
    client: Transport, proxy: FaultyProxy, namespace: str, fault: Fault
) -> None:
    proxy.add(fault, times=1000)
    start = time.monotonic()
    with pytest.raises(errors.UnavailableError, match=r"list pods|fault 500"):
        await client.list(PODS, Selection(namespace))
    assert time.monotonic() - start < 30, "the fault alone lasts a minute, or for ever"


async def test_a_call_waits_for_an_api_server_that_is_away(
    client: Transport, proxy: FaultyProxy, namespace: str
) -> None:
    async with proxy.stopped():
        call = asyncio.create_task(client.list(PODS, Selection(namespace)))
        done, _ = await asyncio.wait([call], timeout=0.5)
        assert not done
    assert (await call).items == ()


async def test_observers_see_each_try(
    client: Transport, proxy: FaultyProxy, namespace: str, recorder: Recorder
) -> None:
    proxy.add(Answer(500))
    proxy.add(LoseRequest())
    await client.create(PODS, namespace, build_pod("p"))
    await client.patch(PODS, namespace, "p", {"status": {"phase": "Running"}}, "status")
    with pytest.raises(errors.NotFoundError):
        await client.get(NODES, None, "n")
    assert recorder.calls == [
        ("create", "pods", 500),
        ("create", "pods", 0),
        ("create", "pods", 201),
        ("patch", "pods/status", 200),
        ("get", "nodes", 404),
    ]


async def test_a_token_that_rotates_is_followed(api_server: ApiServer, namespace: str, tmp_path: Path) -> None:
    kubeconfig, token = write_token_kubeconfig(api_server, tmp_path)
    rotate(token, "expired")
    async with Transport(await connect(kubeconfig)) as transport:
        with pytest.raises(errors.UnauthorizedError):
            await transport.list(PODS, Selection(namespace))
        rotate(token, read_admin_token(api_server))
        assert (await transport.list(PODS, Selection(namespace))).items == ()


async def test_the_pace_holds(proxy: FaultyProxy, namespace: str, tmp_path: Path) -> None:
    connection = await connect(proxy.write_kubeconfig(tmp_path / "paced"))
    async with Transport(connection, Pace(rate=20, burst=10)) as paced:
        start = time.monotonic()
        await asyncio.gather(*(paced.list(PODS, Selection(namespace)) for _ in range(30)))
    assert time.monotonic() - start >= 1


async def test_an_event_is_shown_with_its_object(admin: Transport, api_server: ApiServer, namespace: str) -> None:
    pod = await admin.create(PODS, namespace, build_pod("p"))
    publisher = Publisher(admin, "longshore.dev/operator", "here")
    await publisher.publish(pod, Occurrence("Finished", "x" * 2000, "Warning"))
    described = api_server.kubectl("describe", "pod", "p", "--namespace", namespace)
    assert "Warning  Finished" in described
    assert "longshore.dev/operator" in described


async def test_an_event_that_is_refused_harms_nobody(
    client: Transport, proxy: FaultyProxy, namespace: str, caplog: pytest.LogCaptureFixture
) -> None:
    pod = await client.create(PODS, namespace, build_pod("p"))
    proxy.add(Answer(403), "create", "events")
    await Publisher(client, "longshore.dev/operator", "here").publish(pod, Occurrence("Finished", ""))
    assert "event Finished: fault 403" in caplog.text


def read_admin_token(api_server: ApiServer) -> str:
    return (api_server.folder / "tokens.csv").read_text().split(",")[0]


def write_token_kubeconfig(api_server: ApiServer, folder: Path) -> tuple[Path, Path]:
    """A kubeconfig of the administrator whose token is in a file of its own."""
    token = folder / "token"
    kubeconfig = write_kubeconfig(folder / "k", api_server.url, "", api_server.folder / "apiserver.crt")
    kubeconfig.write_text(kubeconfig.read_text().replace("user: {}", f"user: {{tokenFile: {token}}}"))
    rotate(token, read_admin_token(api_server))
    return kubeconfig, token


def rotate(path: Path, token: str) -> None:
    path.write_text(token)
