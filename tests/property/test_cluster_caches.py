"""After any history of writes, events, cuts, lists and late answers, the cache equals what the API server has."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from longshore.cluster.caches import Cache, Change
from longshore.cluster.resources import Object
from longshore.cluster.versions import version_of


def build_object(uid: str, version: int, *, matches: bool = True) -> Object:
    return {"metadata": {"uid": uid, "resourceVersion": str(version)}, "matches": matches}


class ApiServer:
    """Objects, and the stream of those that match the selector. To leave the selection is a DELETED event."""

    def __init__(self) -> None:
        self.version = 1
        self.objects: dict[str, Object] = {}
        self.history: list[Object] = []
        self.matching: dict[int, dict[str, Object]] = {1: {}}

    def write(self, uid: str, *, matches: bool) -> Object:
        """Create or change an object, and answer it."""
        self.version += 1
        old, new = self.objects.get(uid), build_object(uid, self.version, matches=matches)
        self.objects[uid] = new
        match (old is not None and old["matches"], matches):
            case (False, True):
                self.history.append({"type": "ADDED", "object": new})
            case (True, True):
                self.history.append({"type": "MODIFIED", "object": new})
            case (True, False):
                self.history.append({"type": "DELETED", "object": new})
        self.keep_snapshot()
        return new

    def delete(self, uid: str) -> None:
        """Delete an object."""
        self.version += 1
        if self.objects.pop(uid)["matches"]:
            self.history.append({"type": "DELETED", "object": build_object(uid, self.version)})
        self.keep_snapshot()

    def keep_snapshot(self) -> None:
        """Keep what LIST answers at this version."""
        self.matching[self.version] = {uid: obj for uid, obj in self.objects.items() if obj["matches"]}

    def events_after(self, version: int) -> list[Object]:
        """What WATCH answers."""
        return [event for event in self.history if version_of(event["object"]) > version]


SLOTS = st.integers(0, 1)


class CacheMachine(RuleBasedStateMachine):
    """Two objects that come and go, a cache, and `told`: what a subscriber knows of it by its changes alone."""

    def __init__(self) -> None:
        super().__init__()
        self.server = ApiServer()
        self.cache = Cache(lambda obj: obj, lambda obj: str(obj["metadata"]["uid"]))
        self.told: dict[str, Object] = {}
        self.uids = dict.fromkeys(range(2), "")
        self.answers: list[Object] = []
        self.remembered: list[Object] = []
        self.listing: tuple[list[Object], int] | None = None

    def tell(self, change: Change | None) -> None:
        """Take a change in, which must follow from what was told before."""
        if change is None:
            return
        known = change.old or change.new
        assert known is not None
        uid = known["metadata"]["uid"]
        assert self.told.pop(uid, None) == change.old
        if change.new is not None:
            self.told[uid] = change.new

    @rule(slot=SLOTS, answers_at_once=st.booleans())
    def write(self, slot: int, *, answers_at_once: bool) -> None:
        """We create or change an object; the answer may be under way for long. A uid never comes twice."""
        if self.uids[slot] not in self.server.objects:
            self.uids[slot] = f"u{self.server.version}"
        self.answers.append(self.server.write(self.uids[slot], matches=True))
        if answers_at_once:
            self.remember(0)

    @rule(slot=SLOTS)
    def leave_selection(self, slot: int) -> None:
        """Another client changes labels."""
        if self.uids[slot] in self.server.objects:
            self.server.write(self.uids[slot], matches=False)

    @rule(slot=SLOTS)
    def delete(self, slot: int) -> None:
        """Another client deletes."""
        if self.uids[slot] in self.server.objects:
            self.server.delete(self.uids[slot])

    @precondition(lambda self: self.answers)
    @rule(age=st.integers(0, 3))
    def remember(self, age: int) -> None:
        """An answer comes in, however late, and perhaps twice."""
        answer = self.answers[-1 - age % len(self.answers)]
        self.tell(self.cache.remember(answer))
        self.remembered.append(answer)

    @precondition(lambda self: self.cache.version)
    @rule(count=st.integers(1, 5))
    def receive_events(self, count: int) -> None:
        """The stream goes on from where it was, and may be cut after that."""
        for event in self.server.events_after(self.cache.version)[:count]:
            self.tell(self.cache.apply(event))
            assert self.cache.version == version_of(event["object"])
            self.our_writes_are_there()

    @precondition(lambda self: self.cache.version)
    @rule(age=st.integers(1, 5))
    def receive_an_event_again(self, age: int) -> None:
        """Something in between repeats what was sent before."""
        seen = [event for event in self.server.history if version_of(event["object"]) <= self.cache.version]
        for event in seen[-age:][:1]:
            self.tell(self.cache.apply(event))

    @precondition(lambda self: self.cache.version)
    @rule()
    def receive_bookmark(self) -> None:
        """The stream comes to its end, and says so."""
        self.receive_events(len(self.server.history))
        self.cache.apply({"type": "BOOKMARK", "object": build_object("", self.server.version)})

    @precondition(lambda self: self.listing is None)
    @rule()
    def begin_list(self) -> None:
        """The API server answers a list with the state of this moment."""
        self.listing = (list(self.server.matching[self.server.version].values()), self.server.version)

    @precondition(lambda self: self.listing is not None)
    @rule()
    def end_list(self) -> None:
        """The list arrives. No event came meanwhile, since a reflector lists or watches, never both."""
        assert self.listing is not None
        if self.listing[1] >= self.cache.version:
            for change in self.cache.replace(*self.listing):
                self.tell(change)
        self.listing = None

    @invariant()
    def changes_tell_all(self) -> None:
        """Who knows the changes knows the cache, and every group is whole."""
        assert {obj["metadata"]["uid"]: obj for obj in self.cache.all()} == self.told
        assert all(self.cache.by_index(uid) == [obj] for uid, obj in self.told.items())

    @invariant()
    def cache_is_what_was_at_its_version(self) -> None:
        """Apart from what was remembered since, the cache is what LIST answered at its version."""
        past = self.server.matching.get(self.cache.version, {})
        assert all(past[uid] == obj for uid, obj in self.told.items() if version_of(obj) <= self.cache.version)
        assert all(version_of(self.told[uid]) >= version_of(obj) for uid, obj in past.items())

    @invariant()
    def our_writes_are_there(self) -> None:
        """What was remembered stays until the stream has come as far."""
        for answer in self.remembered:
            if version_of(answer) > self.cache.version:
                assert version_of(self.told[answer["metadata"]["uid"]]) >= version_of(answer)

    def teardown(self) -> None:
        """Let the stream catch up."""
        if not self.cache.version:
            self.begin_list()
            self.end_list()
        for event in self.server.events_after(self.cache.version):
            self.tell(self.cache.apply(event))
        assert self.told == self.server.matching[self.server.version]


TestCache = CacheMachine.TestCase
TestCache.settings = settings(max_examples=400, stateful_step_count=50, deadline=None)
