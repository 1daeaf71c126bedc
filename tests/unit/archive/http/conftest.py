"""What tests of several routes stand on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from longshore.archive.journal.journals import Journal
from support.archives.journals import open_journal


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    """A journal of its own."""
    async with open_journal(tmp_path) as journal:
        yield journal
