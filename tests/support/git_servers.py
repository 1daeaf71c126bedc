"""A git server in the cluster, with what is pushed to it. Must not know who clones."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from support.clusters import ROOT, Cluster, CommandError

_FOLDER = "/repositories"


@dataclass(frozen=True, slots=True)
class GitServer:
    """The git server of a namespace."""

    cluster: Cluster
    namespace: str

    def push(self, source: Path, revision: str, name: str) -> str:
        """Push a revision as main of a repository, which is made if it is not there. Answers its URL for pods."""
        target = f"{_FOLDER}/{name}.git"
        self._exec("git", "init", "--quiet", "--bare", "--initial-branch=main", target)
        # The history that is here may be cut off.
        self._exec("git", "-C", target, "config", "receive.shallowUpdate", "true")
        # RBAC decides who pushes: git speaks through kubectl exec.
        remote = f"ext::kubectl exec --stdin --namespace {self.namespace} deployment/git -- %S {target}"
        self.cluster.run(
            *("git", "-C", source, "-c", "protocol.ext.allow=always"),
            *("push", "--quiet", "--force", remote, f"{revision}:refs/heads/main"),
        )
        return f"http://git.{self.namespace}/{name}.git"

    def _exec(self, *command: str) -> None:
        self.cluster.kubectl("exec", "--namespace", self.namespace, "deployment/git", "--", *command)


def deploy_git_server(cluster: Cluster, namespace: str) -> GitServer:
    """Start a git server in a namespace, unless it runs there, and wait until it answers."""
    cluster.kubectl("apply", "--namespace", namespace, "--kustomize", ROOT / "demo/git-server")
    cluster.kubectl("rollout", "status", "--namespace", namespace, "deployment/git", "--timeout=120s")
    return GitServer(cluster, namespace)


def read_commit(repository: Path, revision: str = "HEAD") -> str:
    """The commit of a revision. Raises CommandError where that is no git repository."""
    command = ["git", "-C", str(repository), "rev-parse", "--verify", f"{revision}^{{commit}}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandError(f"{repository} has no commit {revision}: {done.stderr.strip()}")
    return done.stdout.strip()
