"""Owns how git in a step's container proves who it is: by fixed texts that read mounted files when git asks.

No value of a Secret is in them, nor ever in a variable: git gets it by a pipe, ssh from an agent of its own.

https   the keys username (git where there is none), password and host; git asks for a server by its name, and
        gets them for those that host names alone, since what a repository says of submodules, or a server of
        where to go on, may lead anywhere. One that is to be asked without TLS is named with http://
ssh     the keys ssh-privatekey and known_hosts: a server that is not known is not talked to
"""

import shlex
from collections.abc import Sequence

# https://git-scm.com/docs/gitcredentials#_custom_helpers
_HELPER = """\
!f() {
set -f; protocol=; host=; cd %s && test "$1" = get && test -s password || return 0
while IFS== read -r key value; do case $key in protocol) protocol=$value;; host) host=$value;; esac; done
test -s host || echo "longshore: credential %s: its Secret has no key host, so $host does not get it" >&2
for each in $(cat host 2>/dev/null); do case $protocol://$host in "https://${each%%/}" | "${each%%/}")
printf 'username=%%s\\npassword=%%s\\n' "$(cat username 2>/dev/null || echo git)" "$(cat password)";; esac; done
}; f"""
_SSH = """\
f() {
keys=; hosts=; for each in %s; do
test -s $each/ssh-privatekey && keys="$keys $each/ssh-privatekey"
test -s $each/known_hosts && hosts="$hosts $each/known_hosts"; done
export keys; exec ssh-agent sh -c '
for key in $keys; do { cat $key; echo; } | tr -d "\\r" | ssh-add -q - || exit; done
exec ssh "$@"' ssh -F none -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=20 \
-o StrictHostKeyChecking=yes -o "UserKnownHostsFile=${hosts:-none}" "$@"
}; f"""
"""An agent takes keys whose files are root's or lack the last line's end, which ssh by itself refuses."""


def build_git_variables(folders: Sequence[str]) -> dict[str, str]:
    """The variables for git. Each folder has the keys of one Secret, and the name of its credential."""
    # An empty helper forgets those of the image: none is to keep a password.
    helpers = ["", *map(_build_helper, folders)]
    variables = {"GIT_CONFIG_COUNT": str(len(helpers))}
    for index, helper in enumerate(helpers):
        variables |= {f"GIT_CONFIG_KEY_{index}": "credential.helper", f"GIT_CONFIG_VALUE_{index}": helper}
    return variables | {
        "GIT_SSH_COMMAND": _SSH % shlex.join(folders),
        "GIT_SSH_VARIANT": "ssh",
        "GIT_TERMINAL_PROMPT": "0",
    }


def _build_helper(folder: str) -> str:
    return _HELPER % (shlex.quote(folder), shlex.quote(folder.rpartition("/")[2]))
