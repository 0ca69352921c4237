"""A state machine that does anything in any order with several exports, and knows what must be seen of each."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from hypothesis.strategies import SearchStrategy

from exports_conformance.exchange.model import Expectation
from exports_conformance.exchange.reasons import RUNNING_AT_MOST
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import PLACEHOLDER
from exports_conformance.strategies.bodies import enveloped
from exports_conformance.suites.expectations import creation
from tests.life_model import STATUSES, Life, Status
from tests.life_scene import LifeScene, demand, refusal

EXPORTS_AT_MOST = 25  # so that a page has room for all of them
METADATA = st.sampled_from(({}, {"n": 1}, {"deep": ["Größe", None, {"truth": True}]}))
GONE = Expectation(
    "life/gone", "retrieve", outcome="refusal", breaks="delete-removes", flaw="gone", answers=frozenset({404})
)
STARTED = Expectation("life/started", "update")
SIGNS = st.sampled_from(("", "-"))
ARGUMENTS = st.fixed_dictionaries(
    {"resource_type": st.sampled_from(("skus", "orders", "prices"))},
    optional={"format": st.sampled_from(("json", "csv")), "dry_data": st.booleans(), "metadata": METADATA},
)


def lives(*apt: str) -> SearchStrategy[Life]:
    """Exports that the machine has created: first a state that some of them have, an apt one more often; then one."""

    def of_a_state(machine: LifeScene) -> SearchStrategy[Life]:
        states = machine.by_state()
        often = [states[state] for state in apt * 3 if state in states]
        return st.sampled_from([*states.values(), *often]).flatmap(st.sampled_from)

    return st.runner().flatmap(of_a_state)


class LifeMachine(LifeScene):
    """Creates, retrieves, lists, interrupts, starts, changes and deletes exports, as the documentation lets it."""

    @precondition(lambda self: len(self.there()) <= EXPORTS_AT_MOST - 4)
    @rule(several=st.lists(ARGUMENTS, min_size=1, max_size=4))
    def create(self, several: list[dict[str, Json]]) -> None:
        """Create exports; while ten are running, no other is created."""
        for arguments in several:
            body = enveloped({**arguments, "reference": PLACEHOLDER})
            if self.running() >= RUNNING_AT_MOST:
                exchange = self.endpoint.create(body, expectation=refusal("eleventh", "create"))
                self.met("one too many", exchange, 422)
                self.refused.append(exchange.expectation.tag)
                continue
            exchange = self.endpoint.create(body, expectation=creation("machine", body))
            self.met("created", exchange, 201)
            life = Life(exchange, self.now)
            demand("whether the id is new", life.id not in {each.id for each in self.lives}, True)
            self.lives.append(life)
            self.changes += 1
            self.look(life, exchange)

    @precondition(lambda self: self.lives)
    @rule(life=lives("interrupted", "gone"))
    def retrieve(self, life: Life) -> None:
        """Retrieve an export: it is where it should be on its way, with what it was given."""
        if life.gone:
            self.met("gone", self.endpoint.retrieve(life.id, expectation=GONE), 404)
            return
        exchange = self.endpoint.retrieve(life.id, expectation=life.retrieval())
        self.met(life.status(self.now), exchange, 200)
        self.look(life, exchange)

    @precondition(lambda self: self.lives)
    @rule(life=lives(), seconds=st.integers(1, 4))
    def follow(self, life: Life, seconds: int) -> None:
        """Retrieve an export again and again until it has ended, and once more, since an end is one for good."""
        while life.runs(self.now):
            self.pass_time(seconds)
            self.retrieve(life)
        self.retrieve(life)

    @precondition(lambda self: self.lives)
    @rule(life=lives("gone"))
    def find(self, life: Life) -> None:
        """Look for an export by its tag: it is found once, or after its deletion never."""
        expectation = Expectation("life/found", "list", matches=0 if life.gone else 1, expected={"id": life.id})
        exchange = self.endpoint.list(f"filter[q][reference_start]={life.tag}", expectation=expectation)
        self.met("not found" if life.gone else "found", exchange, 200)

    @precondition(lambda self: len(self.refused) > self.sought)
    @rule()
    def find_refused(self) -> None:
        """Look for what was refused: nothing came of it."""
        self.sought = len(self.refused)
        query = f"filter[q][reference_in]={','.join(self.refused)}"
        self.met("refused", self.endpoint.list(query, expectation=Expectation("life/refused", "list", matches=0)), 200)

    @rule(status=st.sampled_from(STATUSES), attribute=st.sampled_from(("created_at", "reference")), sign=SIGNS)
    def list_by_status(self, status: Status, attribute: str, sign: str) -> None:
        """List the exports of a status: exactly those that have it are there, in the requested order."""
        query = f"filter[q][status_eq]={status}&sort={sign}{attribute}&page[size]=25"
        exchange = self.endpoint.list(query, expectation=Expectation(f"life/{status}", "list"))
        self.met(f"list of {status}", exchange, 200)
        listed = exchange.reading.value["data"]
        expected = {life.id for life in self.there() if life.status(self.now) == status}
        demand(status, sorted(each["id"] for each in listed), sorted(expected))
        values = [each["attributes"][attribute] for each in listed]
        demand("order", values, sorted(values, reverse=sign == "-"))

    @precondition(lambda self: self.changes > self.listed)
    @rule(size=st.sampled_from((5, 10, 25)))
    def list_all(self, size: int) -> None:
        """Go through the pages of all exports: each export that is there is on one of them, once."""
        self.listed = self.changes
        listed: list[str] = []
        for number in range(1, len(self.there()) // size + 2):  # the last may be empty
            query = f"page[size]={size}&page[number]={number}"
            exchange = self.endpoint.list(query, expectation=Expectation("life/page", "list"))
            self.met("page", exchange, 200)
            document = exchange.reading.value
            demand("record_count", document["meta"]["record_count"], len(self.there()))
            listed += [each["id"] for each in document["data"]]
        demand("pages", sorted(listed), sorted(life.id for life in self.there()))

    @precondition(lambda self: self.lives)
    @rule(life=lives("pending", "in_progress"), seconds=st.integers(0, 4))
    def interrupt(self, life: Life, seconds: int) -> None:
        """Interrupt an export: it stops at once, if it runs."""
        if life.runs(self.now):
            exchange = self.endpoint.interrupt(life.id, expectation=Expectation("life/interrupted", "update"))
            self.met("interruption", exchange, 200)
            life.interrupted_at = self.now
            self.look(life, exchange)
            self.pass_time(seconds)
            self.retrieve(life)
            return
        exchange = self.endpoint.interrupt(life.id, expectation=refusal("interruption", "update"))
        self.met("refused interruption", exchange, 404 if life.gone else 422)

    @precondition(lambda self: self.lives and self.edition == "7.10")
    @rule(life=lives("interrupted"))
    def start(self, life: Life) -> None:
        """Start an export again: it is pending, if it was interrupted and fewer than ten are running."""
        room, interrupted = self.running() < RUNNING_AT_MOST, life.status(self.now) == "interrupted"
        if not life.gone and interrupted and room:
            exchange = self.endpoint.update(
                life.id, {"_start": True}, expectation=Expectation("life/started", "update")
            )
            self.met("start", exchange, 200)
            life.queued_at, life.interrupted_at = self.now, None
            self.look(life, exchange)
            return
        exchange = self.endpoint.update(life.id, {"_start": True}, expectation=refusal("start", "update"))
        self.met("refused start", exchange, 404 if life.gone else 422)

    @precondition(lambda self: self.lives)
    @rule(life=lives("gone"), metadata=METADATA)
    def change(self, life: Life, metadata: dict[str, Json]) -> None:
        """Change what an export may change, whatever its status."""
        changed = {"metadata": metadata, "reference_origin": f"changed at {self.now}"}
        if life.gone:
            exchange = self.endpoint.update(life.id, changed, expectation=refusal("change", "update"))
            self.met("refused change", exchange, 404)
            return
        exchange = self.endpoint.update(life.id, changed, expectation=Expectation("life/updated", "update"))
        self.met("change", exchange, 200)
        life.changed.update(changed)
        self.look(life, exchange)

    @precondition(lambda self: self.lives)
    @rule(life=lives("completed", "interrupted"))
    def delete(self, life: Life) -> None:
        """Delete an export: it is gone, unless it runs."""
        if life.gone or life.runs(self.now):
            exchange = self.endpoint.delete(life.id, expectation=refusal("deletion", "delete"))
            self.met("refused deletion", exchange, 404 if life.gone else 423)
            return
        self.met("deletion", self.endpoint.delete(life.id, expectation=Expectation("life/deleted", "delete")), 204)
        life.gone = True
        self.changes += 1
