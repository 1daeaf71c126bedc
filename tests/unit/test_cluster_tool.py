"""The cluster tool decides right: which cluster, what to stop, when to build an image again."""

import io
import json
import subprocess
import tarfile
from pathlib import Path

import pytest
from cluster import archives, contexts, processes
from cluster.builds import Builder, Recipe, plan_archive, plan_build, plan_save
from cluster.errors import ClusterError
from cluster.kind import build_config
from cluster.providers import Machine, build_export, choose
from cluster.records import Name

BUILDAH = Builder("buildah", {"BASE": "localhost/base:1"})


@pytest.mark.parametrize(
    ("machine", "name"),
    [
        (Machine(), Name.LOCAL),
        (Machine(engine=Name.DOCKER), Name.DOCKER),
        (Machine(engine=Name.PODMAN), Name.PODMAN),
        (Machine(answers=True), Name.EXISTING),
        (Machine(answers=True, engine=Name.DOCKER), Name.EXISTING),
        # Another's cluster comes before the one that `up` made, which stays as it is.
        (Machine(answers=True, made=Name.LOCAL), Name.EXISTING),
        # KUBECONFIG names the one that `up` made.
        (Machine(answers=True, is_ours=True, made=Name.LOCAL), Name.LOCAL),
        (Machine(answers=True, is_ours=True, made=Name.PODMAN), Name.PODMAN),
        # What was made is kept, though today one would choose otherwise.
        (Machine(made=Name.LOCAL, engine=Name.DOCKER), Name.LOCAL),
        (Machine(made=Name.DOCKER), Name.DOCKER),
    ],
)
def test_a_cluster_that_is_there_comes_before_one_to_make(machine: Machine, name: Name) -> None:
    assert choose(machine) == name


def test_the_local_cluster_brings_its_own_kubectl() -> None:
    assert build_export("/a b", Name.LOCAL).startswith("export KUBECONFIG='/a b' PATH=/")
    assert build_export("/a:/b", Name.EXISTING).startswith('export KUBECONFIG=/a:/b PATH="$PATH":/')


def test_kind_has_one_control_plane_and_workers() -> None:
    assert build_config(1).splitlines()[2:] == ["nodes:", "- role: control-plane"]
    assert build_config(3).splitlines()[3:] == ["- role: control-plane", "- role: worker", "- role: worker"]


@pytest.mark.parametrize(
    ("ignore", "path", "ignored"),
    [
        ("", "a", False),
        ("# a comment\n\n", "a", False),
        ("a", "a", True),
        ("a", "a/b/c", True),
        ("a", "b/a", False),
        ("/a/", "a/b", True),
        ("./a", "a", True),
        ("a", "ab", False),
        ("*.tar", "b.tar", True),
        ("*.tar", "a/b.tar", False),
        ("**/*.tar", "b.tar", True),
        ("**/*.tar", "a/c/b.tar", True),
        ("a/**", "a/b/c", True),
        ("?.py", "a.py", True),
        ("?.py", "ab.py", False),
        ("a.b", "axb", False),
        ("*\n!src", "src/a.py", False),
        ("*\n!src", "other/a.py", True),
        ("*\n!src\n**/*.pyc", "src/a/b.pyc", True),
        ("!src\n*", "src/a.py", True),
    ],
)
def test_dockerignore_means_what_it_means_to_docker(ignore: str, path: str, ignored: bool) -> None:  # noqa: FBT001
    assert contexts.is_ignored(path, contexts.parse_rules(ignore)) is ignored


def test_files_are_listed_from_the_root_in_order(tmp_path: Path) -> None:
    write_context(
        tmp_path, {".dockerignore": ".venv\n**/*.pyc", ".venv/x": "", "b/c.py": "", "b/c.pyc": "", "a": ""}
    )
    (tmp_path / "link").symlink_to("b")
    assert list(contexts.list_files(tmp_path)) == [".dockerignore", "a", "link", "b/c.py"]


def test_a_folder_is_entered_when_a_later_line_takes_something_back(tmp_path: Path) -> None:
    write_context(tmp_path, {".dockerignore": "*\n!src/kept", "src/kept/a": "", "src/b": ""})
    assert list(contexts.list_files(tmp_path)) == ["src/kept/a"]


def test_the_same_files_give_the_same_archive_wherever_and_whenever_they_were_written(tmp_path: Path) -> None:
    first, second = recipe(tmp_path / "first"), recipe(tmp_path / "second")
    assert plan_archive(BUILDAH, first) == plan_archive(BUILDAH, second)


def test_what_dockerignore_names_does_not_count(tmp_path: Path) -> None:
    before = plan_archive(BUILDAH, recipe(tmp_path))
    (tmp_path / "notes.log").write_text("changed")
    assert plan_archive(BUILDAH, recipe(tmp_path)) == before


@pytest.mark.parametrize("change", ["content", "name", "mode", "link", "Dockerfile", "new file", "ignore"])
def test_a_change_of_the_context_gives_another_archive(tmp_path: Path, change: str) -> None:
    original = recipe(tmp_path)
    before = plan_archive(BUILDAH, original)
    match change:
        case "content":
            (tmp_path / "run.sh").write_text("echo changed")
        case "name":
            (tmp_path / "run.sh").rename(tmp_path / "walk.sh")
        case "mode":
            (tmp_path / "run.sh").chmod(0o755)
        case "link":
            (tmp_path / "link").unlink()
            (tmp_path / "link").symlink_to("elsewhere")
        case "Dockerfile":
            original.dockerfile.write_text("FROM other")
        case "new file":
            (tmp_path / "new").touch()
        case "ignore":
            (tmp_path / ".dockerignore").write_text("*.log\nrun.sh")
    assert plan_archive(BUILDAH, original) != before


def test_builder_and_arguments_count_too(tmp_path: Path) -> None:
    plain, other = recipe(tmp_path), recipe(tmp_path, BASE="other")
    archives_of = [
        plan_archive(BUILDAH, plain),
        plan_archive(Builder("docker"), plain),
        plan_archive(BUILDAH, other),
    ]
    assert len(set(archives_of)) == len(archives_of)


def test_an_argument_of_the_caller_replaces_the_builders(tmp_path: Path) -> None:
    command = plan_build(BUILDAH, recipe(tmp_path, BASE="mine"), [])
    assert [flag for flag in command if flag.startswith("--build-arg")] == ["--build-arg=BASE=mine"]


@pytest.mark.parametrize(("program", "mounts"), [("buildah", True), ("podman", True), ("docker", False)])
def test_the_machines_settings_are_mounted_where_a_builder_can(
    tmp_path: Path,
    program: str,
    mounts: bool,  # noqa: FBT001
) -> None:
    command = plan_build(Builder(program), recipe(tmp_path), ["/etc/pip.conf"])
    assert command[:2] == [program, "build"]
    assert ("--volume=/etc/pip.conf:/etc/pip.conf:ro" in command) is mounts


def test_images_are_saved_under_their_tag() -> None:
    assert plan_save(BUILDAH, "localhost/a:1", Path("/x"))[-1] == "docker-archive:/x:localhost/a:1"
    assert plan_save(Builder("docker"), "localhost/a:1", Path("/x")) == [
        "docker",
        "save",
        "--output=/x",
        "localhost/a:1",
    ]


def test_an_archive_is_loaded_once_until_its_tag_moves(tmp_path: Path) -> None:
    record, old, new = tmp_path / "loaded.json", tmp_path / "old.tar", tmp_path / "new.tar"
    write_archive(old, {"localhost/a:1": "1.json", "localhost/b:1": "2.json"})
    write_archive(new, {"localhost/a:1": "3.json"})
    assert not archives.is_loaded(record, old)
    archives.mark_loaded(record, old)
    assert archives.is_loaded(record, old)
    assert not archives.is_loaded(record, new)
    archives.mark_loaded(record, new)
    assert archives.is_loaded(record, new)
    assert not archives.is_loaded(record, old)


def test_an_archive_without_a_tag_is_never_taken_for_loaded(tmp_path: Path) -> None:
    write_archive(tmp_path / "a.tar", {})
    assert not archives.is_loaded(tmp_path / "loaded.json", tmp_path / "a.tar")


def test_what_is_no_archive_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no tar")
    with tarfile.open(tmp_path / "other.tar", "w") as tar:
        tar.add(tmp_path / "text", "text")
    for name in ("text", "other.tar"):
        with pytest.raises(ClusterError, match=f"{name} is no docker-archive"):
            archives.image_ids(tmp_path / name)


def recipe(folder: Path, **arguments: str) -> Recipe:
    """A recipe whose context is this folder, and is written if it is not there."""
    if not (folder / "run.sh").exists():
        files = {"Dockerfile": "FROM base", "run.sh": "echo", "notes.log": "first", ".dockerignore": "*.log"}
        write_context(folder, files)
        (folder / "link").symlink_to("run.sh")
    return Recipe("localhost/a:1", folder / "Dockerfile", folder, arguments)


def write_context(folder: Path, files: dict[str, str]) -> None:
    """Write files by their paths from the folder."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)


def write_archive(path: Path, images: dict[str, str]) -> None:
    """A docker-archive with nothing but a manifest: the id of each image, by tag."""
    entries = [{"Config": config, "RepoTags": [tag], "Layers": []} for tag, config in images.items()]
    manifest = json.dumps(entries or [{"Config": "4.json", "RepoTags": None, "Layers": []}]).encode()
    with tarfile.open(path, "w") as tar:
        member = tarfile.TarInfo("manifest.json")
        member.size = len(manifest)
        tar.addfile(member, io.BytesIO(manifest))


def test_what_runs_inside_a_node_does_not_outlive_what_put_it_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "PIDS", tmp_path)
    with subprocess.Popen(["sh", "-c", "sleep 600 & wait"]) as nsenter:
        (tmp_path / "kubelet").write_text(f"{nsenter.pid} {processes.start_time(nsenter.pid)}")
        processes.wait_for("a child", lambda: processes.list_children(nsenter.pid))
        [child] = processes.list_children(nsenter.pid)
        processes.kill("kubelet")
    processes.wait_for("its end", lambda: not processes.start_time(child))
