"""Artifacts over real sockets: how they come in, how they go out, and for whom."""

import gzip
import io
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yarl
from longshore.api.archives import Input, PodArtifacts
from longshore.archive.http import artifacts, inputs, uploads
from longshore.archive.places import AttemptKey
from support.archives.artifacts import (
    KEY,
    Keeper,
    build_artifact,
    declare,
    open_keeper,
    write_tree,
)
from support.archives.declarations import FakeDeclarations
from support.archives.http import FakeReviewer, Site, run_site

BASE = "/v1/steps/uid/build/1/artifacts"
DECLARED = declare(build_artifact("out/**", "out"), build_artifact("site", "site", kind="dir"))
CONTENT = bytes(range(256)) * 1000
SITE = {"site/b.html": b"<p>", "site/a/ünï ☃.css": b"p{}", f"site/{'d' * 120}": b"long"}


def describe(content: bytes, **query: Any) -> dict[str, str]:
    """The query that says which file is sent."""
    fields = {"size": len(content), "sha256": sha256(content).hexdigest(), **query}
    return {name: str(value) for name, value in fields.items()}


class Cluster(FakeReviewer):
    """A cluster of whose pods it is known what they declare."""

    def __init__(self) -> None:
        super().__init__()
        self.declared = FakeDeclarations()

    def add_declaring(self, key: AttemptKey, files: PodArtifacts) -> str:
        """The pod of an attempt; answers its token."""
        self.declared[key] = files
        return self.add_step(key)


@asynccontextmanager
async def run_world(root: Path) -> AsyncIterator[tuple[Keeper, Site, Cluster, str]]:
    """An archive with a step that sends."""
    reviewer = Cluster()
    token = reviewer.add_declaring(KEY, DECLARED)
    async with open_keeper(root, max_bytes=10**6) as keeper:
        routers = (
            uploads.build_router(keeper.intake, reviewer.declared),
            artifacts.build_router(keeper.shelf, keeper.journal),
            inputs.build_router(keeper.shelf, reviewer.declared),
        )
        async with run_site(*routers, reviewer=reviewer) as site:
            yield keeper, site, reviewer, token


async def put(site: Site, token: str, path: str, content: bytes, **query: Any) -> tuple[int, str | None]:
    """Send a file: code, and how many bytes are there then."""
    url, params = f"{site.service}{BASE}/{quote(path)}", describe(content, **query)
    headers = {"Authorization": f"Bearer {token}"}
    body = content[int(query.get("offset", 0)) :]
    async with site.session.put(url, params=params, data=body, headers=headers) as response:
        await response.read()
        return response.status, response.headers.get("Upload-Offset")


async def leave(keeper: Keeper, site: Site, token: str) -> list[Any]:
    """Send all and have it judged; what is listed."""
    for path, content in {"out/a.bin": CONTENT, **SITE}.items():
        assert await put(site, token, path, content) == (204, str(len(content)))
    assert await site.send("POST", f"{site.service}{BASE}/complete", token, json={}) == (200, {"missing": []})
    await keeper.seal(DECLARED)
    code, found = await site.ask_locally("/v1/runs/run/artifacts")
    assert code == 200
    items: list[Any] = found["items"]
    return items


async def test_a_step_whose_pod_declares_nothing_is_told_so_and_one_that_is_not_known_yet_asks_again(
    tmp_path: Path,
) -> None:
    async with run_world(tmp_path) as (_, site, reviewer, _):
        silent, unknown = AttemptKey("uid", "silent", 1), AttemptKey("uid", "unknown", 1)
        reviewer.declared.silent = frozenset({silent})
        answers = {}
        for key in (silent, unknown):
            url = f"{site.service}/v1/steps/uid/{key.step}/1/inputs"
            answers[key] = await site.send("GET", url, reviewer.add_step(key))
        assert answers[unknown][0] == 503
        assert answers[silent][0] == 404
        assert "step silent declares no artifacts" in answers[silent][1]["detail"]


async def test_a_file_is_sent_on_from_where_it_broke(tmp_path: Path) -> None:
    async with run_world(tmp_path) as (_, site, _, token):
        url, headers = f"{site.service}{BASE}/out/a", {"Authorization": f"Bearer {token}"}

        async def measure() -> str:
            async with site.session.head(url, params=describe(CONTENT), headers=headers) as response:
                assert response.status == 200
                return response.headers["Upload-Offset"]

        assert await measure() == "0"
        async with site.session.put(
            url, params=describe(CONTENT), data=CONTENT[:1000], headers=headers
        ) as response:
            assert (response.status, response.headers["Upload-Offset"]) == (202, "1000")
        assert await measure() == "1000"
        assert await put(site, token, "out/a", CONTENT, offset=2000) == (409, "1000")
        assert await put(site, token, "out/a", CONTENT, offset=1000) == (204, "256000")
        assert await measure() == "256000"


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("out/a", {"size": 10**6 + 1}, 413),
        ("out/a", {"size": -1}, 422),
        ("out/a", {"sha256": "../x"}, 422),
        ("out/a", {"sha256": "0" * 64}, 422),
        ("out/a", {"size": 3}, 422),
        ("other", {}, 422),
        ("out/../../x", {}, 422),
        ("%2e%2e/x", {}, 422),
        ("out/a%00b", {}, 422),
        ("out/a%0Ab", {}, 422),
        ("out/%5C..%5Cx", {}, 422),
        ("%2Fetc/passwd", {}, 422),
    ],
)
async def test_what_is_not_taken_is_refused_with_a_remedy(
    tmp_path: Path, path: str, query: dict[str, Any], code: int
) -> None:
    async with run_world(tmp_path) as (_, site, _, token):
        text = "&".join(f"{name}={quote(value)}" for name, value in describe(b"text", **query).items())
        url = yarl.URL(f"{site.service}{BASE}/{path}?{text}", encoded=True)
        answer, problem = await site.send("PUT", url, token, data=b"text")  # type: ignore[arg-type]
        assert answer == code, problem
        assert len(problem["detail"]) > 20


async def test_a_full_quota_is_507_and_a_judged_attempt_409(tmp_path: Path) -> None:
    async with run_world(tmp_path) as (keeper, site, _, token):
        keeper.quota.room = 3
        assert (await put(site, token, "out/a", b"text"))[0] == 507
        await keeper.seal(DECLARED)
        assert await put(site, token, "out/a", b"abc") == (409, None)
        code, _ = await site.send("POST", f"{site.service}{BASE}/complete", token, json={})
        assert code == 409


async def test_only_the_pod_of_the_attempt_sends(tmp_path: Path) -> None:
    async with run_world(tmp_path) as (_, site, reviewer, _):
        other = reviewer.add_declaring(AttemptKey("uid", "test", 1), DECLARED)
        person = reviewer.add_person("ann", "get runs.longshore.dev", "get pods/log")
        assert [(await put(site, token, "out/a", b"a"))[0] for token in (other, person, "", "x")] == [
            403,
            403,
            401,
            401,
        ]
        code, _ = await site.send("PUT", f"{site.local}{BASE}/out/a", params=describe(b"a"), data=b"a")
        assert code == 401


async def test_a_pod_that_is_not_seen_yet_is_told_to_come_again(tmp_path: Path) -> None:
    async with run_world(tmp_path) as (_, site, cluster, token):
        cluster.declared.clear()
        assert (await put(site, token, "out/a", b"a"))[0] == 503
        assert (await site.ask("/v1/steps/uid/build/1/inputs", token))[0] == 503


async def test_artifacts_are_listed_and_found(tmp_path: Path) -> None:
    async with run_world(tmp_path) as (keeper, site, _, token):
        file, folder = await leave(keeper, site, token)
        assert file | {"id": ""} == {
            "id": "", "run": "run", "runUid": "uid", "step": "build", "attempt": 1, "name": "out", "kind": "file",
            "path": "out/a.bin", "size": 256000, "sha256": sha256(CONTENT).hexdigest(),
            "createdAt": "2026-01-01T00:00:00Z",
        }  # fmt: skip
        assert (folder["path"], folder["size"]) == ("site", 10)
        assert await site.ask_locally(f"/v1/artifacts/{file['id']}") == (200, file)
        queries = {"name=site": [folder], "kind=file&step=build&attempt=1": [file], "step=x": []}
        for query, expected in queries.items():
            assert await site.ask_locally(f"/v1/runs/uid/artifacts?{query}") == (200, {"items": expected})
        code, page = await site.ask_locally("/v1/runs/uid/artifacts?limit=1")
        assert (code, page["items"]) == (200, [file])
        rest = await site.ask_locally(f"/v1/runs/uid/artifacts?limit=1&cursor={page['next']}")
        assert rest == (200, {"items": [folder]})
        for mistake in ("limit=0", "limit=x", "cursor=x", "attempt=0", "nmae=site"):
            assert (await site.ask_locally(f"/v1/runs/uid/artifacts?{mistake}"))[0] in {404, 422}
        assert (await site.ask_locally("/v1/runs/x/artifacts"))[0] == 404
        assert (await site.ask_locally("/v1/artifacts/x"))[0] == 404


@pytest.mark.parametrize(
    ("headers", "code", "expected"),
    [
        ({}, 200, CONTENT),
        ({"Range": "bytes=0-0"}, 206, CONTENT[:1]),
        ({"Range": "bytes=1000-1999"}, 206, CONTENT[1000:2000]),
        ({"Range": "bytes=255990-"}, 206, CONTENT[-10:]),
        ({"Range": "bytes=-10"}, 206, CONTENT[-10:]),
        ({"Range": "bytes=256000-"}, 416, None),
        ({"Range": "bytes=1000-", "If-Range": f'"{sha256(CONTENT).hexdigest()}"'}, 206, CONTENT[1000:]),
        ({"Range": "bytes=1000-", "If-Range": '"another"'}, 200, CONTENT),
        ({"If-None-Match": f'"x", "{sha256(CONTENT).hexdigest()}"'}, 304, b""),
        ({"If-None-Match": '"x"'}, 200, CONTENT),
    ],
)
async def test_a_file_comes_whole_or_in_ranges(
    tmp_path: Path, headers: dict[str, str], code: int, expected: bytes | None
) -> None:
    async with run_world(tmp_path) as (keeper, site, _, token):
        file, _ = await leave(keeper, site, token)
        async with site.session.get(
            f"{site.local}/v1/artifacts/{file['id']}/content", headers=headers
        ) as response:
            content = await response.read()
            assert response.status == code
        if expected is not None:
            assert content == expected
            assert response.headers["ETag"] == f'"{file["sha256"]}"'
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Content-Disposition"].startswith('attachment; filename="a.bin"')


async def test_a_folder_comes_as_a_tar_that_is_the_same_each_time(tmp_path: Path) -> None:
    async with run_world(tmp_path) as (keeper, site, _, token):
        _, folder = await leave(keeper, site, token)
        url = f"{site.local}/v1/artifacts/{folder['id']}/content"
        contents = []
        for _ in range(2):
            async with site.session.get(url, headers={"Accept-Encoding": "identity"}) as response:
                contents.append(await response.read())
        assert contents[0] == contents[1]
        assert 'filename="site.tar.gz"' in response.headers["Content-Disposition"]
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(contents[0]))) as tar:
            members = {member.name: member for member in tar.getmembers()}
            assert {f"site/{name}": tar.extractfile(name).read() for name in members} == SITE  # type: ignore[union-attr]
        assert all(
            (each.mode, each.uid, each.mtime, each.isreg()) == (0o644, 0, 0, True) for each in members.values()
        )


async def test_content_takes_the_right_to_read_logs(tmp_path: Path) -> None:
    async with run_world(tmp_path) as (keeper, site, reviewer, token):
        file, _ = await leave(keeper, site, token)
        lister = reviewer.add_person("ann", "get runs.longshore.dev")
        reader = reviewer.add_person("bob", "get runs.longshore.dev", "get pods/log")
        path = f"/v1/artifacts/{file['id']}"
        assert [(await site.ask(path, each))[0] for each in (lister, reader, "", token)] == [200, 200, 401, 403]
        part = {"Range": "bytes=0-9"}
        assert (await site.ask(f"{path}/content", lister, headers=part))[0] == 403
        assert (await site.ask(f"{path}/content", reader, headers=part))[0] == 206


async def test_a_step_finds_what_its_pod_says_and_nothing_else(tmp_path: Path) -> None:
    async with run_world(tmp_path) as (keeper, site, reviewer, token):
        await leave(keeper, site, token)
        source = Input.model_validate({"step": "build", "runUid": "uid", "path": "build", "attempt": 1})
        user = AttemptKey("uid2", "test[3]", 2)
        mine = reviewer.add_declaring(user, PodArtifacts(transport="HTTP", inputs=[source]))
        base = "/v1/steps/uid2/test%5B3%5D/2/inputs"
        code, found = await site.ask(base, mine)
        assert code == 200
        assert {each["path"]: each["size"] for each in found["files"]} == {
            path: len(content) for path, content in {"out/a.bin": CONTENT, **SITE}.items()
        }
        snow = next(each for each in found["files"] if "☃" in each["path"])
        assert {key: snow[key] for key in ("step", "executable")} == {"step": "build", "executable": False}
        async with site.session.get(
            site.service + snow["url"], headers={"Authorization": f"Bearer {mine}"}
        ) as response:
            assert await response.read() == b"p{}"
        assert await site.ask("/v1/steps/uid/build/1/inputs", token) == (200, {"files": []})
        for path, code in (("0/x", 404), ("1/out/a.bin", 404), ("-1/out/a.bin", 422), ("0/../../x", 404)):
            assert (await site.ask(f"{base}/{path}", mine))[0] == code
        assert (await site.ask(base, token))[0] == 403


async def test_a_file_that_left_the_volume_is_told(tmp_path: Path) -> None:
    declared = declare(build_artifact("*"), transport="Mount")
    async with run_world(tmp_path) as (keeper, site, _, _):
        folder = keeper.holdings.get_folder(KEY, "Mount")
        write_tree(folder, {"a": b"a"})
        await keeper.seal(declared)
        (folder / "a").unlink()
        (folder / "a").symlink_to("/etc/passwd")
        [artifact] = await keeper.list_all()
        code, problem = await site.ask_locally(f"/v1/artifacts/{artifact.id}/content")
        assert code == 503
        assert "can't be read" in problem["detail"]
