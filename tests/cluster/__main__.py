"""A Kubernetes cluster for tests: the one of KUBECONFIG, else kind, else programs on this machine.

Owns the command line. What a command does is elsewhere: see providers.py.
"""

import argparse
import fcntl
import os
import shlex
import subprocess
import sys
from pathlib import Path

from . import builds, fakes, local, nodes, providers, servers, tokens
from .errors import ClusterError
from .settings import BIN, CACHE

# These change nothing, so they do not wait for a command that runs.
UNLOCKED = ("status", "kubeconfig", "token", "user")


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Say the commands that work on every cluster."""
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("build", help="only fill the cache of the local cluster: packages, programs, images")
    up = commands.add_parser("up", help="find or make a cluster, and print the shell's line to use it")
    up.add_argument("--nodes", type=int, default=2, metavar="N", help="of a cluster that is made (default 2)")
    commands.add_parser("down", help="stop the cluster that `up` made; another's cluster stays")
    commands.add_parser("status", help="show programs and nodes; exits with 1 unless all run")
    commands.add_parser("kubeconfig", help="print the path of the administrator's kubeconfig")
    load = commands.add_parser("load", help="put the images of a docker-archive on every node")
    load.add_argument("archive", type=Path)
    image = commands.add_parser("image", help="build an image and put it on every node, unless that is done")
    image.add_argument("tag", help="as in localhost/operator:1; not :latest, which pods pull")
    image.add_argument("dockerfile", type=Path)
    image.add_argument("context", type=Path)
    image.add_argument("--build-arg", action="append", default=[], metavar="KEY=VALUE")
    add_local_commands(commands)


def add_local_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Say the commands that only the local cluster has."""
    lose = commands.add_parser("lose", help="local: kill a node as a power cut would; `up` boots it again")
    lose.add_argument("node")
    stop = commands.add_parser("stop-kubelet", help="local: kill the kubelet of a node; `up` starts it again")
    stop.add_argument("node")
    restart = commands.add_parser("restart-kubelet", help="local: kill the kubelet of a node, and start it again")
    restart.add_argument("node")
    kill = commands.add_parser("kill", help="local: end the first process of a container by SIGKILL")
    kill.add_argument("node")
    kill.add_argument("container", help="as a pod's status has it: containerd://...")
    mount = commands.add_parser(
        "mount", help="local: mount a volume of a size on a node, or resize it; print its path"
    )
    mount.add_argument("node")
    mount.add_argument("name")
    mount.add_argument("size", help="as mount knows it: 16m")
    mount.add_argument("--mode", default="0777", help="of its root, which is root's (default 0777)")
    token = commands.add_parser("token", help="local: sign a service account's token anew, with claims from stdin")
    token.add_argument("token")
    user = commands.add_parser("user", help="local: print the kubeconfig of an ordinary user")
    user.add_argument("name")
    user.add_argument("--group", action="append", default=[])
    kwok = commands.add_parser("kwok", help="local: fake nodes").add_subparsers(dest="kwok", required=True)
    kwok.add_parser("up").add_argument("count", type=int)
    kwok.add_parser("down")


def run(arguments: argparse.Namespace) -> None:
    """Call what the command line names."""
    match arguments.command:
        case "build":
            local.build()
        case "up":
            providers.up(arguments.nodes)
        case "down":
            providers.down()
        case "kubeconfig":
            print(providers.current().kubeconfig())
        case "status":
            sys.exit(not providers.current().status())
        case "load":
            providers.current().load(arguments.archive)
        case "image":
            build_image(arguments)
        case _:
            run_local(arguments)


def build_image(arguments: argparse.Namespace) -> None:
    """Build the image with the cluster's own builder, load it, and print a hash of what it is made of."""
    provider = providers.current()
    values = dict(argument.partition("=")[::2] for argument in arguments.build_arg)
    recipe = builds.Recipe(arguments.tag, arguments.dockerfile, arguments.context, values)
    archive = builds.build_archive(provider.builder(), recipe)
    provider.load(archive)
    print(archive.stem)


def run_local(arguments: argparse.Namespace) -> None:
    """Call what only the local cluster has."""
    providers.require_local(arguments.command)
    match arguments.command:
        case "lose":
            nodes.lose(arguments.node)
        case "stop-kubelet":
            nodes.stop_kubelet(arguments.node)
        case "restart-kubelet":
            nodes.restart_kubelet(arguments.node)
        case "kill":
            nodes.kill_container(arguments.node, arguments.container)
        case "mount":
            print(nodes.mount(arguments.node, nodes.Volume(arguments.name, arguments.size, arguments.mode)))
        case "token":
            print(tokens.sign(arguments.token, sys.stdin.read()))
        case "user":
            print(servers.user_kubeconfig(arguments.name, *arguments.group), end="")
        case "kwok" if arguments.kwok == "up":
            fakes.up(arguments.count)
        case "kwok":
            fakes.down()


def main() -> None:
    """Run one command; two at a time would start things twice."""
    parser = argparse.ArgumentParser(prog="cluster", description="Find or make a Kubernetes cluster for tests.")
    add_commands(parser)
    arguments = parser.parse_args()
    # What the machine has itself comes first.
    os.environ["PATH"] += f":{BIN}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        if arguments.command not in UNLOCKED:
            fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            run(arguments)
        except (ClusterError, OSError) as error:
            sys.exit(f"cluster: {error}")
        except subprocess.CalledProcessError as error:
            sys.exit(f"cluster: {shlex.join(map(str, error.cmd))}: failed with {error.returncode}")


if __name__ == "__main__":
    main()
