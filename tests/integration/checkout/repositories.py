"""The repositories that the tests check out: a project with history, and libraries as its submodules.

Owns what is in them. Must not know the servers or the runner.
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

IDENTITY = {
    "GIT_AUTHOR_NAME": "A. Author",
    "GIT_AUTHOR_EMAIL": "author@example.com",
    "GIT_COMMITTER_NAME": "A. Author",
    "GIT_COMMITTER_EMAIL": "author@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ALLOW_PROTOCOL": "file:http",
}


@dataclass(frozen=True)
class Repositories:
    """Bare repositories in a folder, and the commits of `project.git` by what leads to them.

    Attributes:
        root: Holds project.git, library.git, nested.git, empty.git; project has library, and library nested, as
            submodules with relative URLs.
        commits: By the names `first`, `main`, `feature`, `tag`, `hidden`.
    """

    root: Path
    commits: dict[str, str]


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder; returns what it printed."""
    command = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(command, env=os.environ | IDENTITY, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def make_repositories(root: Path) -> Repositories:
    """Make the repositories below a folder."""
    for name in ("project", "library", "nested", "empty"):
        git(root, "init", "--quiet", "--bare", "--initial-branch=main", f"{name}.git")
        git(root, "clone", "--quiet", f"{name}.git", name)
    for name, submodule in (("nested", ""), ("library", "nested")):
        _commit(root / name, f"{name}.txt", submodule)
        _commit(root / name, "more.txt", "")
        git(root / name, "push", "--quiet", "origin", "main")
        # What the users of this repository want is not the tip of any branch, as so often.
        _commit(root / name, "later.txt", "")
        git(root / name, "push", "--quiet", "origin", "main")
        git(root / name, "reset", "--quiet", "--hard", "HEAD~1")
    return Repositories(root, _make_history(root / "project"))


def _make_history(project: Path) -> dict[str, str]:
    (project / "link").symlink_to("first.txt")
    (project / "run.sh").write_text("#!/bin/sh\n")
    (project / "run.sh").chmod(0o755)
    commits = {"first": _commit(project, "first.txt", "")}
    commits["tag"] = _commit(project, "second.txt", "library")
    git(project, "tag", "--annotate", "--message=One", "v1")
    commits["main"] = _commit(project, "third.txt", "")
    git(project, "checkout", "--quiet", "-b", "feature/x")
    commits["feature"] = _commit(project, "feature.txt", "")
    git(project, "push", "--quiet", "origin", "main", "feature/x", "v1")
    commits["hidden"] = _commit(project, "hidden.txt", "")
    git(project, "push", "--quiet", "origin", "HEAD:refs/pull/1/head")
    return commits


def _commit(folder: Path, name: str, submodule: str) -> str:
    (folder / name).write_text(f"{name}\n")
    if submodule:
        git(folder, "submodule", "--quiet", "add", f"../{submodule}.git", f"modules/{submodule}")
        git(folder / "modules" / submodule, "checkout", "--quiet", "HEAD~1")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", f"--message=Add {name}")
    return git(folder, "rev-parse", "HEAD")
