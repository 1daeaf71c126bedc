"""When room is low, and when there is none."""

import pytest
from longshore.archive.sweeps.storages import Storage

GIB = 2**30


@pytest.mark.parametrize(
    ("storage", "total", "is_low"),
    [
        (Storage(used=0, quota=None, free=10), 10, False),
        (Storage(used=89, quota=None, free=11), 100, False),
        (Storage(used=90, quota=None, free=10), 100, True),
        (Storage(used=9, quota=10, free=1000), 10, True),
        (Storage(used=5, quota=1000, free=5), 10, False),
        (Storage(used=50, quota=1000, free=0), 50, True),
        (Storage(used=20, quota=10, free=1000), 10, True),
    ],
)
def test_what_is_low(storage: Storage, total: int, *, is_low: bool) -> None:
    assert (storage.total, storage.is_low) == (total, is_low)


@pytest.mark.parametrize(
    ("storage", "size", "has_room"),
    [
        (Storage(used=0, quota=100, free=1000), 95, True),
        (Storage(used=0, quota=100, free=1000), 96, False),
        (Storage(used=95, quota=100, free=1000), 0, True),
        (Storage(used=200, quota=100, free=1000), 0, False),
        (Storage(used=0, quota=None, free=100 * GIB), 100 * GIB - 64 * 2**20, True),
        (Storage(used=0, quota=None, free=100 * GIB), 100 * GIB - 64 * 2**20 + 1, False),
    ],
)
def test_what_fits_leaves_some_for_the_database(storage: Storage, size: int, *, has_room: bool) -> None:
    assert storage.has_room(size) is has_room
