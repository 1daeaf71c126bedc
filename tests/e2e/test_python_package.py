"""The main job: a Python project from a git server is built and tested, and the Run passes or fails with it."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.clusters import ROOT
from support.git_servers import GitServer, deploy_git_server, read_commit
from support.images import PYTHON_PACKAGE, provide_image
from support.namespaces import Namespace

FILES = {
    "pyproject.toml": """
        [project]
        name = "shore"
        version = "1.2.3"
        [build-system]
        requires = ["uv_build"]
        build-backend = "uv_build"
        """,
    "src/shore/__init__.py": "def add(a: int, b: int) -> int:\n    return a + b\n",
    "tests/test_shore.py": """
import pytest
import shore


@pytest.mark.parametrize("number", [1, 2, 3])
def test_add(number: int) -> None:
    assert shore.add(number, 1) == number + 1


@pytest.mark.skip
def test_later() -> None: ...
""",
}


@pytest.fixture(scope="module")
def server(new_namespace: Callable[[str], Namespace]) -> GitServer:
    """A git server in a namespace with the Workflow."""
    namespace = new_namespace("python-package")
    provide_image(namespace.cluster, PYTHON_PACKAGE)
    namespace.apply(ROOT / "examples/python-package/workflow.yaml")
    return deploy_git_server(namespace.cluster, namespace.name)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a package and its tests."""
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def git(repository: Path, *arguments: str) -> None:
    """Run git."""
    subprocess.run(["git", "-C", str(repository), *arguments], check=True)


def commit(repository: Path) -> None:
    """Commit all that is there."""
    git(repository, "add", ".")
    git(repository, "-c", "user.name=t", "-c", "user.email=t@t", "commit", "--quiet", "--message=t")


def submit(server: GitServer, name: str, url: str) -> Namespace:
    """Make a Run of the Workflow by the plugin."""
    namespace = Namespace(server.cluster, server.namespace)
    namespace.longshore("submit", "python-package", f"--name={name}", f"--param=url={url}")
    return namespace


def test_a_project_that_is_well(server: GitServer, project: Path) -> None:
    url = server.push(project, "HEAD", "well")
    status = submit(server, "well", url).finish("well")
    assert status["phase"] == "Succeeded", status
    assert status["outputs"] == {"wheel": "shore-1.2.3-py3-none-any.whl", "passed": 3, "skipped": 1}
    assert status["source"]["commit"] == read_commit(project)


def test_a_project_whose_tests_fail(server: GitServer, project: Path) -> None:
    (project / "src/shore/__init__.py").write_text("def add(a: int, b: int) -> int:\n    return a - b\n")
    commit(project)
    url = server.push(project, "HEAD", "wrong")
    status = submit(server, "wrong", url).finish("wrong")
    assert (status["phase"], status["steps"]["build"]["phase"]) == ("Failed", "Succeeded")
    assert "3 failed" in status["message"]
    assert "AssertionError" in status["steps"]["test"]["message"]


def test_a_repository_that_is_not_there(server: GitServer) -> None:
    url = f"http://git.{server.namespace}/missing.git"
    status = submit(server, "missing", url).finish("missing")
    assert (status["phase"], status["steps"]["build"]["reason"]) == ("Failed", "SourceFailed")
    assert "missing.git" in status["steps"]["build"]["message"]
