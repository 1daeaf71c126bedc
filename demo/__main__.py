"""The demo: a cluster, Longshore on it, and its own repository built and tested by it. `make demo` runs it.

Owns what is said and in which order; what is done is in tests/support, which end-to-end tests use too.
Run it again at will: what is there already is kept.
"""

import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from support.clusters import ROOT, Cluster, CommandError, find_cluster
from support.git_servers import deploy_git_server, read_commit
from support.images import EXAMPLES, OPERATOR, PYTHON_PACKAGE, RUNNER, provide_image
from support.releases import Release

NAMESPACE = "longshore-demo"
NEXT = """

What to type next:
  eval "$(tests/cluster/cluster up)" && export PATH="$PWD/.venv/bin:$PATH"   # this shell finds cluster and plugin
  kubectl config set-context --current --namespace={namespace}
  kubectl describe runs.longshore.dev {run}
  kubectl apply -f examples/ && kubectl longshore list
  kubectl longshore submit examples/failure.yaml --name my-failure --watch
  make test
  make cluster-down
"""


def main() -> None:
    """Run the demo, or say in one line why it can't be."""
    try:
        demonstrate()
    except CommandError as error:
        sys.exit(f"\ndemo: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)


def demonstrate() -> None:
    """Bring everything up, run the Workflow, and show what came of it."""
    commit = read_commit(ROOT)
    with stage("A Kubernetes cluster"):
        cluster = find_cluster()
    for image in (OPERATOR, RUNNER, PYTHON_PACKAGE, EXAMPLES):
        with stage(f"Image {image.name}"):
            provide_image(cluster, image)
    with stage("Longshore, by its Helm chart"):
        Release(cluster).install()
    with stage(f"A git server, and this repository's commit {commit[:12]} in it"):
        prepare_namespace(cluster)
        url = deploy_git_server(cluster, NAMESPACE).push(ROOT, commit, "longshore")
    with stage("The Workflow python-package: build the wheel, pass the tests"):
        run = submit(cluster, url, commit)
        show(cluster, "kubectl", "longshore", "watch", "-n", NAMESPACE, run)
    report(cluster, run)


@contextmanager
def stage(title: str) -> Iterator[None]:
    """Say what is done, and how long it took."""
    start = time.monotonic()
    sys.stdout.write(f"==> {title}\n")
    sys.stdout.flush()
    yield
    sys.stdout.write(f"    {time.monotonic() - start:.0f} s\n")


def prepare_namespace(cluster: Cluster) -> None:
    """The demo's namespace, which takes safe pods only, and the Workflow in it."""
    manifest = cluster.kubectl("create", "namespace", NAMESPACE, "--dry-run=client", "--output=yaml")
    cluster.kubectl("apply", "--filename=-", stdin=manifest)
    label = "pod-security.kubernetes.io/enforce=restricted"
    cluster.kubectl("label", "--overwrite", "namespace", NAMESPACE, label)
    cluster.kubectl(
        "apply", "--namespace", NAMESPACE, "--filename", ROOT / "examples/python-package/workflow.yaml"
    )


def submit(cluster: Cluster, url: str, commit: str) -> str:
    """Make a Run of the Workflow. Answers its name."""
    params = {"url": url, "revision": commit, "tests": "tests/unit"}
    flags = [f"--param={name}={value}" for name, value in params.items()]
    made = cluster.run("kubectl", "longshore", "submit", "-n", NAMESPACE, "python-package", "-o", "name", *flags)
    return made.strip().rpartition("/")[2]


def show(cluster: Cluster, *command: str) -> None:
    """Run a command before the reader's eyes. Raises CalledProcessError."""
    sys.stdout.write(f"\n$ {shlex.join(command)}\n")
    sys.stdout.flush()
    subprocess.run(command, env=cluster.environment, check=True)


def report(cluster: Cluster, run: str) -> None:
    """Show the tree, the logs, the outputs, and what to type next."""
    show(cluster, "kubectl", "longshore", "logs", "-n", NAMESPACE, run)
    show(cluster, "kubectl", "longshore", "tree", "-n", NAMESPACE, run)
    show(cluster, "kubectl", "-n", NAMESPACE, "get", "runs.longshore.dev", run, "-o", "jsonpath={.status.outputs}")
    sys.stdout.write(NEXT.format(namespace=NAMESPACE, run=run))


if __name__ == "__main__":
    main()
