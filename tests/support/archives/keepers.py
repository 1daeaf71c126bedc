"""What a keeper of logs has come to, and lines for it to keep."""

from longshore.archive.logs.containers import LogKey
from longshore.archive.logs.keepers import LogKeeper
from longshore.archive.logs.records import Record
from longshore.archive.ports import Json
from support.archives.logs import build_key
from support.conditions import eventually

KEY = build_key()


def write_lines(first: int, count: int = 3) -> bytes:
    """Lines, one a second, that say which they are."""
    seconds = range(first, first + count)
    return b"".join(b"2026-01-01T00:%02d:%02d.5Z line %d\n" % (n // 60, n % 60, n) for n in seconds)


async def find_record(keeper: LogKeeper, key: LogKey = KEY) -> Record | None:
    return next((known.record for known in await keeper.list("u") if known.record.key == key), None)


async def wait_kept(keeper: LogKeeper, size: int) -> None:
    """Return once so many bytes can be read."""

    async def has_come() -> bool:
        record = await find_record(keeper)
        return record is not None and record.bytes >= size

    await eventually(has_come)


async def wait_safe(keeper: LogKeeper, pod: Json) -> None:
    """Return once all logs of a pod are safe."""

    async def is_safe() -> bool:
        return keeper.has_all(pod)

    await eventually(is_safe)
