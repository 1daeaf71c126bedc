"""Puts the parts of the archive together, those first on which others stand. Must not do any of their work."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry

from longshore.archive.artifacts.gatherings import Gatherer, Limits
from longshore.archive.artifacts.holdings import Holdings
from longshore.archive.artifacts.removals import Remover
from longshore.archive.artifacts.seals import ArtifactSealer, Terms
from longshore.archive.artifacts.shelves import Shelf
from longshore.archive.artifacts.uploads import Intake
from longshore.archive.caches.stores import CacheLimits, CacheStore
from longshore.archive.collect.calls import PodCalls
from longshore.archive.collect.collectors import Collector, Ports
from longshore.archive.collect.feeds import RunFeed
from longshore.archive.collect.metrics import CollectMetrics
from longshore.archive.collect.seals import LastVersions, Sealer
from longshore.archive.collect.sightings import Sightings
from longshore.archive.collect.watchers import Watcher
from longshore.archive.databases import Database
from longshore.archive.http import artifacts, caches, events, inputs, logs, pods, runs, storages, uploads
from longshore.archive.http.app import build_app
from longshore.archive.http.guards import Guard
from longshore.archive.journal.journals import Journal
from longshore.archive.journal.reads import HistoryLimits
from longshore.archive.logs.followers import Maskers
from longshore.archive.logs.keepers import LogKeeper, LogPorts, keep_logs
from longshore.archive.logs.secrets import NoMaskers, SecretMaskers
from longshore.archive.places import Places
from longshore.archive.settings import ArchiveSettings
from longshore.archive.sweeps.meters import ClaimMeter, StorageMeter
from longshore.archive.sweeps.quotas import Claim, StorageQuota
from longshore.archive.sweeps.sweepers import Keepings, Sweeper, SweepPlaces
from longshore.archive.sweeps.tellers import StorageTeller
from longshore.clocks import read_clock
from longshore.cluster.connections import Connection
from longshore.cluster.events import Occurrence, Publisher
from longshore.cluster.podlogs import PodLogs
from longshore.cluster.resources import PODS, SECRETS
from longshore.cluster.reviews import Reviews
from longshore.cluster.transports import Transport
from longshore.names import ARCHIVE, ARTIFACTS_CLAIM, GROUP

ARCHIVE_CONTROLLER = f"{GROUP}/{ARCHIVE}"
"""Who reports Events of the archive."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What all parts stand on."""

    settings: ArchiveSettings
    connection: Connection
    transport: Transport
    database: Database
    registry: CollectorRegistry


@dataclass(frozen=True, slots=True)
class Stores:
    """What keeps things."""

    places: Places
    journal: Journal
    logs: LogKeeper
    quota: StorageQuota
    mounted: StorageQuota | None
    """Of the claim that steps mount; None: there is none."""
    caches: CacheStore
    holdings: Holdings
    sightings: Sightings

    @property
    def quotas(self) -> tuple[StorageQuota, ...]:
        """Of all claims."""
        return (self.quota, self.mounted) if self.mounted else (self.quota,)


@dataclass(frozen=True, slots=True)
class Assembly:
    """All parts: what answers requests, and what goes on by itself."""

    app: FastAPI
    watcher: Watcher
    sweeper: Sweeper
    teller: StorageTeller

    async def run(self) -> None:
        """Go on until cancelled; whatever fails ends all."""
        courses = [
            asyncio.create_task(self.watcher.run()),
            asyncio.create_task(self.sweeper.run(self.teller.tell)),
        ]
        try:
            await asyncio.gather(*courses)
        finally:
            for course in courses:
                course.cancel()
            await asyncio.gather(*courses, return_exceptions=True)


@asynccontextmanager
async def assemble(ground: Ground) -> AsyncIterator[Assembly]:
    """Within, all parts. What was told of logs by the end is on the volume."""
    settings, database = ground.settings, ground.database
    places, meter = Places(settings.data), StorageMeter(ground.registry)
    quota, mounted = build_quota(settings, meter), build_mounted_quota(settings, meter)
    limits = CacheLimits(settings.cache_bytes, settings.cache_entry_bytes)
    journal = Journal(database, HistoryLimits(settings.history_seconds, settings.history_runs))
    async with (
        PodLogs(ground.connection) as streams,
        keep_logs(database, places, LogPorts(streams, build_maskers(ground), journal, ground.registry)) as logs,
    ):
        stores = Stores(
            places=places,
            journal=journal,
            logs=logs,
            quota=quota,
            mounted=mounted,
            caches=CacheStore(database, places.caches, quota, limits, read_clock),
            holdings=Holdings(places, settings.artifacts),
            sightings=Sightings(database),
        )
        sweeper = build_sweeper(ground, stores, meter)
        quota.add_relief(stores.caches.relieve)
        for each in stores.quotas:
            each.add_relief(sweeper.relieve)
        yield build_assembly(ground, stores, sweeper)


def build_assembly(ground: Ground, stores: Stores, sweeper: Sweeper) -> Assembly:
    """The parts that act, over those that keep things."""
    settings, journal = ground.settings, stores.journal
    limits = Limits(settings.artifact_bytes, settings.artifact_files)
    terms = Terms(read_clock, settings.artifact_seconds, stores.mounted)
    gatherer = Gatherer(stores.holdings, limits)
    sealer = Sealer(ArtifactSealer(ground.database, stores.holdings, gatherer, journal, terms))
    feed, metrics = RunFeed(journal), CollectMetrics(ground.registry)
    calls = PodCalls(ground.transport, settings.namespace)
    ports = Ports(calls, feed, stores.logs, sealer, stores.caches, stores.sightings, metrics)
    collector = Collector(ports, timedelta(seconds=settings.upload_seconds))
    feed.listen(collector.see_record)
    metrics.count_awaiting(collector.count_awaiting)
    routers = [
        pods.build_router(LastVersions(stores.sightings, sealer, collector.may_have)),
        *build_routers(ground, stores, collector, limits),
    ]
    guard = Guard(Reviews(ground.transport, settings.namespace))
    return Assembly(
        app=build_app(routers, guard, ground.registry),
        watcher=Watcher(ground.transport, settings.namespace, feed, collector, stores.sightings),
        sweeper=sweeper,
        teller=StorageTeller(partial(publish, ground)),
    )


def build_routers(ground: Ground, stores: Stores, collector: Collector, limits: Limits) -> list[APIRouter]:
    """What is answered about Runs, and to steps."""
    shelf = Shelf(ground.database, stores.holdings)
    intake = Intake(ground.database, stores.holdings, stores.quota, limits)
    return [
        runs.build_router(stores.journal, stores.logs.list_uses),
        events.build_router(stores.journal),
        logs.build_router(stores.logs, stores.journal),
        artifacts.build_router(shelf, stores.journal),
        inputs.build_router(shelf, collector),
        uploads.build_router(intake, collector),
        caches.build_router(stores.caches, collector),
        storages.build_router(stores.quotas),
    ]


def build_sweeper(ground: Ground, stores: Stores, meter: StorageMeter) -> Sweeper:
    """What removes things in time."""
    settings, places = ground.settings, stores.places
    remover = Remover(ground.database, stores.holdings)
    keepings = Keepings(stores.journal, stores.logs, remover, stores.caches)
    folders = (places.artifacts, places.uploads, *([settings.artifacts] if settings.artifacts else []))
    age = timedelta(seconds=settings.log_seconds)
    return Sweeper(keepings, SweepPlaces(places.logs, folders), age, stores.quotas, meter)


def build_quota(settings: ArchiveSettings, meter: StorageMeter) -> StorageQuota:
    """The room on the archive's own claim."""
    claim = Claim(ARCHIVE, settings.data, settings.quota_bytes)
    return StorageQuota(claim, ClaimMeter(meter, ARCHIVE, ("artifacts", "caches", "logs", "uploads")))


def build_mounted_quota(settings: ArchiveSettings, meter: StorageMeter) -> StorageQuota | None:
    """The room on the claim that steps mount, where there is one."""
    if settings.artifacts is None:
        return None
    claim = Claim(ARTIFACTS_CLAIM, settings.artifacts, settings.artifacts_quota_bytes)
    return StorageQuota(claim, ClaimMeter(meter, ARTIFACTS_CLAIM))


def build_maskers(ground: Ground) -> Maskers:
    """What makes values of Secrets unreadable in logs, where that is wanted."""
    if not ground.settings.mask_secrets:
        return NoMaskers()
    return SecretMaskers(partial(ground.transport.get, SECRETS, ground.settings.namespace))


async def publish(ground: Ground, occurrence: Occurrence) -> None:
    """Publish an Event about the pod of this process. Raises ClusterError."""
    name = socket.gethostname()
    pod = await ground.transport.get(PODS, ground.settings.namespace, name)
    await Publisher(ground.transport, ARCHIVE_CONTROLLER, name).publish(pod, occurrence)
