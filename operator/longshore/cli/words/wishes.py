"""Owns what people ask for on the command line, as values. Must not know how options are spelled."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Selection:
    """Which of many Runs are meant: named ones, those with labels, or all."""

    names: tuple[str, ...]
    selector: str = ""
    all_namespaces: bool = False
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Which Runs are listed, and how."""

    names: tuple[str, ...]
    all_namespaces: bool
    selector: str
    output: str
    """table, wide, name, json or yaml."""
    watch: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """Which Runs `top` shows."""

    all_namespaces: bool
    selector: str
    once: bool


@dataclass(frozen=True, slots=True)
class Survey:
    """Which Agents, or groups, are shown, and how."""

    names: tuple[str, ...]
    """One by one, with all that is known; none: all, as a table."""
    all_namespaces: bool
    selector: str
    watch: bool


@dataclass(frozen=True, slots=True)
class Tagging:
    """A tag, and who is to have it, or to lose it."""

    tag: str
    nodes: tuple[str, ...]
    agents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogPart:
    """Which part of logs is wanted, and how their lines look."""

    attempt: int | None = None
    previous: bool = False
    """Whether it is the attempt before the last."""
    all_attempts: bool = False
    tail: int | None = None
    since: int | None = None
    """Seconds."""
    since_time: str | None = None
    """RFC 3339."""
    timestamps: bool = False
    container: str | None = None
    """None: where the step itself runs."""
    all_containers: bool = False
    prefix: bool | None = None
    """Whether lines begin with their step; None: where there are several."""


@dataclass(frozen=True, slots=True)
class Making:
    """What a Run is made of; what is None is as its manifest or its Workflow says."""

    params: tuple[str, ...] = ()
    """As name=value."""
    name: str | None = None
    generate_name: str | None = None
    labels: str = ""
    """As a=b,c=d."""
    dry_run: str = "none"
    """none, client or server."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where another go at a Run begins."""

    place: str | None = None
    """failed, all or step; None: at the step where one is named, else at what failed."""
    step: str | None = None

    @property
    def choice(self) -> str:
        """As spec.rerun.from has it."""
        return (self.place or ("step" if self.step else "failed")).capitalize()


@dataclass(frozen=True, slots=True)
class Waiting:
    """What happens once a Run is made."""

    watch: bool = False
    wait: bool = False
    timeout: int | None = None
    """Seconds."""
    output: str | None = None
    """name, json or yaml."""


@dataclass(frozen=True, slots=True)
class Viewing:
    """What is to be seen of a Run that is not made."""

    output: str
    """yaml, json or name."""
    params: tuple[str, ...] = ()
    """As name=value."""
    name: str | None = None
    step: str | None = None
    """A step or an item; None: all."""
    agents: bool = False
    """Whether steps of a file are placed on the Agents of the cluster too."""


@dataclass(frozen=True, slots=True)
class Foretelling:
    """What a Run that is not made is to be foretold from."""

    output: str
    """table or json."""
    params: tuple[str, ...] = ()
    """As name=value."""
    durations: tuple[tuple[str, int], ...] = ()
    """Steps or items, and seconds."""
    from_run: str | None = None
    """A Run whose steps took as long."""
    agents: bool = False
    """Whether the Agents of the cluster are asked for a file too."""


@dataclass(frozen=True, slots=True)
class Fetching:
    """Where artifacts go, and which."""

    output: str | None = None
    """A file, a directory, or - for standard output; None: here."""
    force: bool = False
    """Whether what is there may be overwritten."""
    attempt: int | None = None
    """None: of each step the last that has it."""


@dataclass(frozen=True, slots=True)
class Recalling:
    """Which Runs of the past are listed, and how."""

    output: str
    """table, wide, name, json or yaml."""
    phase: str | None = None
    workflow: str | None = None
    since: int | None = None
    """Seconds: those that were made in this time."""
    limit: int = 0
    """At most so many; 0: all."""
