"""Callers of an API server, each with what it may do, and the answers that they get to wrong manifests."""

import json
import secrets
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from support.api_server import ApiServer

Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, in which namespace: the administrator, or by impersonation somebody else."""

    server: ApiServer
    namespace: str
    user: str = ""
    groups: tuple[str, ...] = ()

    def as_user(self, user: str, *groups: str) -> "Caller":
        """Somebody else in the same namespace."""
        return replace(self, user=user, groups=groups)

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Run kubectl to its end and answer its output; AssertionError with what it said where it fails."""
        try:
            return self._run(*arguments, stdin=stdin)
        except subprocess.CalledProcessError as error:
            raise AssertionError(error.stderr) from None

    def create(self, manifest: Manifest) -> Manifest:
        """Create an object; it is as the API server then has it."""
        created: Manifest = json.loads(self.kubectl("create", "-o=json", "-f=-", stdin=json.dumps(manifest)))
        return created

    def patch(self, name: str, patch: Manifest, *flags: str) -> None:
        """Merge a patch into a Run; `--subresource=status` says where."""
        self.kubectl("patch", "runs.longshore.dev", name, "--type=merge", f"--patch={json.dumps(patch)}", *flags)

    def refuse(self, *arguments: str, stdin: str | None = None) -> str:
        """What kubectl says of a call that is refused; AssertionError where it is not."""
        try:
            output = self._run(*arguments, stdin=stdin)
        except subprocess.CalledProcessError as error:
            return str(error.stderr)
        raise AssertionError(f"was accepted: {output}")

    def refuse_manifest(self, manifest: Manifest) -> str:
        """What kubectl says of a manifest that is refused; AssertionError where it is not."""
        return self.refuse("create", "-f=-", stdin=json.dumps(manifest))

    def refuse_patch(self, name: str, patch: Manifest, *flags: str) -> str:
        """What kubectl says of a patch of a Run that is refused; AssertionError where it is not."""
        return self.refuse(
            "patch", "runs.longshore.dev", name, "--type=merge", f"--patch={json.dumps(patch)}", *flags
        )

    def _run(self, *arguments: str, stdin: str | None) -> str:
        identity = [f"--as={self.user}"] if self.user else []
        identity += [f"--as-group={group}" for group in self.groups]
        return self.server.kubectl(f"--namespace={self.namespace}", *identity, *arguments, stdin=stdin)


def build_object(kind: str, name: str, spec: Any) -> Manifest:
    """A manifest of one of our kinds."""
    return {"apiVersion": "longshore.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def build_graph(*steps: Manifest, **fields: Any) -> Manifest:
    """A graph of steps, each an image where it says nothing else."""
    return {"steps": list(steps) or [{"name": "a", "image": "busybox"}], **fields}


def allow(admin: Caller, user: str, verbs: str, *resources: str) -> None:
    """Let a user do something in the administrator's namespace: verbs and resources.group, as kubectl has them."""
    rules = [
        {"apiGroups": [group], "resources": [resource], "verbs": verbs.split(",")}
        for resource, _, group in (name.partition(".") for name in resources)
    ]
    bind(admin, user, rules)


def allow_use(admin: Caller, user: str, agents: Sequence[str]) -> None:
    """Let a user use these Agents."""
    rule = {"apiGroups": ["longshore.dev"], "resources": ["agents"], "resourceNames": agents, "verbs": ["use"]}
    bind(admin, user, [rule])


def bind(admin: Caller, user: str, rules: Sequence[Manifest]) -> None:
    """Give a user a role with these rules in the administrator's namespace."""
    name = f"role-{secrets.token_hex(4)}"
    version = "rbac.authorization.k8s.io/v1"
    admin.create({"apiVersion": version, "kind": "Role", "metadata": {"name": name}, "rules": list(rules)})
    admin.kubectl("create", "rolebinding", name, f"--role={name}", f"--user={user}")


def allow_editing(admin: Caller, user: str) -> None:
    """Let a user do all with our kinds and their status, as far as RBAC says; not use Agents."""
    resources = [f"{kind}.longshore.dev" for kind in ("workflows", "runs", "agents", "concurrencygroups")]
    verbs = "get,list,create,update,patch,delete"
    allow(admin, user, verbs, *resources, *(resource.replace(".", "/status.", 1) for resource in resources))


def build_graph_object(kind: str, graph: Manifest) -> Manifest:
    """A Workflow, or a Run of its own graph."""
    manifest = build_object(kind, "", graph if kind == "Workflow" else {"workflowSpec": graph})
    return manifest | {"metadata": {"generateName": "graph-"}}


def make_run(caller: Caller, **spec: Any) -> str:
    """A Run of a Workflow; its name."""
    run = build_object("Run", "", {"workflowRef": {"name": "w"}, **spec}) | {"metadata": {"generateName": "run-"}}
    return str(caller.create(run)["metadata"]["name"])
