"""Fixtures: the repositories once, and a pod for each test."""

from pathlib import Path

import pytest
from integration.checkout.pods import Pod
from integration.checkout.repositories import Repositories, make_repositories


@pytest.fixture(scope="session")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> Repositories:
    return make_repositories(tmp_path_factory.mktemp("repositories"))


@pytest.fixture
def pod(tmp_path: Path) -> Pod:
    return Pod(tmp_path)
