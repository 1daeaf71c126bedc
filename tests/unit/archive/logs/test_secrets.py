"""Values of Secrets in logs as they are kept: masked, also while they change."""

import base64
from pathlib import Path

import pytest
from longshore.archive.logs.secrets import SecretMaskers
from longshore.archive.ports import Json
from longshore.errors import ForbiddenError, NotFoundError
from support.archives.keepers import KEY, wait_safe
from support.archives.logs import StubPod, run_log_site
from support.conditions import eventually


async def test_values_of_secrets_are_never_written(tmp_path: Path) -> None:
    is_readable = False

    async def read(name: str) -> Json:
        if name == "gone":
            raise NotFoundError(name)
        if not is_readable:
            raise ForbiddenError("no")
        return hold("417", b"hunter2")

    async with run_log_site(tmp_path, SecretMaskers(read)) as site:
        pod = StubPod(secrets=("token", "gone"))
        log = site.add(pod)
        log.print(b"2026-01-01T00:00:00.5Z it is hunter2, in base64 aHVudGVyMg==\n")
        site.keeper.follow(pod.build())

        async def is_held() -> bool:
            return not log.calls and bool(site.keeper._followers[KEY].progress.message)

        await eventually(is_held)
        is_readable = True
        await site.wait_text(KEY, b"2026-01-01T00:00:00.5Z it is ***, in base64 ***\n")
        [use] = await site.keeper.list_uses("u")
        assert (use.step, use.attempt, use.secret, use.revision) == ("a", 1, "token", "417")


def hold(revision: str, value: bytes) -> Json:
    """A Secret."""
    data = {"key": base64.b64encode(value).decode()}
    return {"metadata": {"resourceVersion": revision}, "data": data}


async def test_a_secret_that_changes_while_it_is_mounted_stays_masked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("longshore.archive.logs.secrets.FRESH_SECONDS", 0.0)
    now = hold("1", b"before")

    async def read(_: str) -> Json:
        return now

    async with run_log_site(tmp_path, SecretMaskers(read)) as site:
        pod = StubPod(mounted=("token",))
        log = site.add(pod)
        log.print(b"2026-01-01T00:00:00.5Z before and after\n")
        site.keeper.follow(pod.build())
        text = b"2026-01-01T00:00:00.5Z *** and after\n"
        await site.wait_text(KEY, text)
        now = hold("2", b"after")
        log.print(b"2026-01-01T00:00:01.5Z before and after\n")
        await site.wait_text(KEY, text + b"2026-01-01T00:00:01.5Z *** and ***\n")
        [use] = await site.keeper.list_uses("u")
        assert use.revision == "1", "it is the one that the attempt began with"
        site.keeper.follow(pod.end())
        log.end()
        await wait_safe(site.keeper, pod.build())
        await site.keeper.forget("u")
        assert await site.keeper.list_uses("u") == []
