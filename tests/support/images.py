"""The images of this repository, and how they come to a cluster's nodes. Must not know what runs in them."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from support.clusters import ROOT, TOOL, Cluster


@dataclass(frozen=True, slots=True)
class Image:
    """An image and what it is built from."""

    name: str
    dockerfile: Path
    context: Path
    variable: str
    """Where this variable is set, the image comes from a registry, under the name that it gives."""
    files: Mapping[str, Path] = field(default_factory=dict)
    """Where given, the context has these files alone, under these names."""


OPERATOR = Image("localhost/operator:1", ROOT / "Dockerfile", ROOT, "LONGSHORE_IMAGE")
RUNNER = Image(
    "localhost/runner:1",
    ROOT / "runner-image/Dockerfile",
    ROOT / "runner-image",
    "LONGSHORE_RUNNER_IMAGE",
)
PYTHON_PACKAGE = Image(
    "localhost/python-package:1",
    ROOT / "examples/python-package/Dockerfile",
    ROOT,
    "LONGSHORE_PYTHON_PACKAGE_IMAGE",
    {"requirements.lock": ROOT / "requirements-dev.lock"},
)
EXAMPLES = Image(
    "docker.io/library/python:3.12-slim", ROOT / "demo/base/Dockerfile", ROOT / "demo/base", "LONGSHORE_IMAGE"
)
"""What the files in examples/ name. A cluster that pulls the operator from a registry pulls this one too."""


@dataclass(frozen=True, slots=True)
class Provided:
    """An image that nodes can run."""

    name: str
    digest: str
    """Tells images of the same name apart; empty where a registry has it."""


def provide_image(cluster: Cluster, image: Image) -> Provided:
    """Build the image and put it on every node, unless that is done or a registry has it."""
    if name := os.environ.get(image.variable):
        return Provided(name, "")
    with tempfile.TemporaryDirectory() as folder:
        for name, file in image.files.items():
            shutil.copy(file, Path(folder, name))
        context = folder if image.files else image.context
        digest = cluster.run(TOOL, "image", image.name, image.dockerfile, context).strip()
    return Provided(image.name, digest)
