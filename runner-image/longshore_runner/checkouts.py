"""Makes a checkout: from an empty folder to the wanted commit with its submodules.

Owns the order of git's commands. Must not read the environment or decide what a complaint of git means.
"""

import logging
import shutil
from pathlib import Path

from longshore_runner.failures import explain, explain_empty, explain_unknown_revision, is_refusal
from longshore_runner.git import Git, GitError
from longshore_runner.revisions import EVERYTHING, Target, candidates, choose_target, parse_refs
from longshore_runner.sources import Source

logger = logging.getLogger(__name__)

UPDATE_SUBMODULES = ("submodule", "--quiet", "update", "--init", "--recursive", "--force")


def empty_folder(path: Path) -> None:
    """Make a folder and remove all that is in it.

    An init container may run twice, and a repository that someone else left here could run programs through
    its hooks and settings while we hold credentials.
    """
    path.mkdir(parents=True, exist_ok=True)
    for entry in path.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def check_out(source: Source, git: Git) -> str:
    """Check out a source into git's folder, which is empty; returns the commit, 40 hexadecimal digits.

    Raises:
        CheckoutError: It did not work; says why, and what to do.
    """
    try:
        return _check_out(source, git)
    except GitError as error:
        logger.info("git %s failed: %s", error.command, error.stderr)
        raise explain(source, error.command, error.stderr) from error


def _check_out(source: Source, git: Git) -> str:
    git.run("init", "--quiet")
    git.run("remote", "add", "origin", source.url)
    target = _find_target(source, git)
    logger.info("Fetching %s of %s", target.label, source.url)
    _fetch(git, target, source.depth)
    commit = _resolve(source, git, target)
    git.run("checkout", "--quiet", "--force", "--detach", commit)
    if source.submodules:
        _update_submodules(git, source.depth)
    logger.info("Checked out %s", git.run("log", "-1", "--no-show-signature", "--format=%H %s", commit))
    return commit


def _find_target(source: Source, git: Git) -> Target:
    refs = parse_refs(git.run_remote("ls-remote", "--symref", "origin", *candidates(source.revision)))
    target = choose_target(source.revision, refs)
    if target is None:
        raise explain_unknown_revision(source) if source.revision else explain_empty(source)
    return target


def _fetch(git: Git, target: Target, depth: int) -> None:
    if depth and target.refspec and _fetch_shallow(git, target.refspec, depth):
        return
    git.run_remote("fetch", "--quiet", "origin", *EVERYTHING)
    if target.refspec and not _has_commit(git, target.expression):
        _fetch_hidden(git, target.refspec)


def _fetch_shallow(git: Git, refspec: str, depth: int) -> bool:
    """Ask for just the history that is wanted; False if the server does not serve that."""
    try:
        git.run_remote("fetch", "--quiet", "--no-tags", f"--depth={depth}", "origin", refspec)
    except GitError as error:
        if not is_refusal(error.stderr):
            raise
        logger.info("The server does not serve single commits or shallow history: fetching everything")
        return False
    return True


def _fetch_hidden(git: Git, refspec: str) -> None:
    """Fetch what no branch and no tag leads to, as a pull request's commit. A refusal shows later on."""
    try:
        git.run_remote("fetch", "--quiet", "origin", refspec)
    except GitError as error:
        if not is_refusal(error.stderr):
            raise


def _has_commit(git: Git, expression: str) -> bool:
    try:
        git.run("rev-parse", "--quiet", "--verify", f"{expression}^{{commit}}")
    except GitError:
        return False
    return True


def _resolve(source: Source, git: Git, target: Target) -> str:
    try:
        return git.run("rev-parse", "--verify", f"{target.expression}^{{commit}}")
    except GitError as error:
        if "ambiguous" in error.stderr:
            raise
        raise explain_unknown_revision(source) from error


def _update_submodules(git: Git, depth: int) -> None:
    logger.info("Fetching submodules")
    if not depth or not _update_shallow(git, depth):
        git.run_remote(*UPDATE_SUBMODULES)


def _update_shallow(git: Git, depth: int) -> bool:
    """Fetch just the wanted history of submodules; False, with none left, if a server does not serve that."""
    try:
        git.run_remote(*UPDATE_SUBMODULES, f"--depth={depth}")
    except GitError as error:
        if not is_refusal(error.stderr):
            raise
        logger.info("A submodule's server does not serve single commits: fetching all submodules whole")
        git.run("submodule", "--quiet", "deinit", "--all", "--force")
        shutil.rmtree(git.folder / ".git/modules")
        return False
    return True
