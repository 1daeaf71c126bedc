"""Images built from a Dockerfile, by the program that the cluster has for it, as archives in the cache."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .contexts import hash_context
from .processes import show, stage
from .settings import CACHE

ARCHIVES = CACHE / "images/built"
# How this machine reaches package indexes. A build sees them, the image does not keep them.
MACHINE = ("/etc/ssl/certs", "/etc/pip.conf")


@dataclass(frozen=True, slots=True)
class Builder:
    """A program that builds, and the build arguments that it gives by default."""

    program: str  # buildah, docker or podman
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to build. `arguments` come before the builder's own."""

    tag: str
    dockerfile: Path
    context: Path
    arguments: Mapping[str, str] = field(default_factory=dict)


def build_archive(builder: Builder, recipe: Recipe) -> Path:
    """The image as a docker-archive: from the cache, if it was built from the same before."""
    archive = plan_archive(builder, recipe)
    if not archive.exists():
        shutil.rmtree(archive.parent, ignore_errors=True)
        archive.parent.mkdir(parents=True)
        with stage(f"image {recipe.tag}"):
            show(*plan_build(builder, recipe, [path for path in MACHINE if Path(path).exists()]))
            partial = archive.with_suffix(".partial")
            show(*plan_save(builder, recipe.tag, partial))
            partial.rename(archive)
    return archive


def plan_archive(builder: Builder, recipe: Recipe) -> Path:
    """Where the image belongs: its name says what it is built from."""
    arguments = sorted({**builder.arguments, **recipe.arguments}.items())
    origin = hash_context(recipe.context, builder.program, recipe.dockerfile.read_text(), str(arguments))
    return ARCHIVES / recipe.tag.replace("/", "_").replace(":", "_") / f"{origin[:16]}.tar"


def plan_build(builder: Builder, recipe: Recipe, mounts: list[str]) -> list[str]:
    """The command that builds. Docker has no way to mount files of the machine."""
    flags = [f"--build-arg={key}={value}" for key, value in {**builder.arguments, **recipe.arguments}.items()]
    if builder.program != "docker":
        flags += [f"--volume={path}:{path}:ro" for path in mounts]
    if builder.program == "buildah":
        flags += ["--network=host", "--layers"]
    flags += [f"--file={recipe.dockerfile}", f"--tag={recipe.tag}"]
    return [builder.program, "build", *flags, str(recipe.context)]


def plan_save(builder: Builder, tag: str, archive: Path) -> list[str]:
    """The command that writes the image to an archive."""
    if builder.program == "buildah":
        return ["buildah", "push", "--quiet", tag, f"docker-archive:{archive}:{tag}"]
    # Podman's own default is Docker's format too.
    return [builder.program, "save", f"--output={archive}", tag]
