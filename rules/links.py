"""Rules of links: they are absolute, and lead to the export they stand in; their host is free."""

from collections.abc import Iterator

from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json, one_line
from exports_conformance.rules.applies import foreign, shows_export, shows_resource
from exports_conformance.rules.engine import Finding, rule
from exports_conformance.rules.values import address

RELATIONSHIPS = ("events", "versions", "event_stores")
"""The relationships of the page's answer."""


def _leads(links: Json, name: str, path: str, at: str) -> Iterator[Finding]:
    link = links.get(name) if isinstance(links, dict) else None
    where = address(link)
    if where is None or not where.endswith(path):
        yield Finding(f"an absolute URL whose path ends in {path}", one_line(link), f"{at}/{name}")


@rule("answer-self-link", applies=shows_resource, needs=("answer-id",))
def self_link_leads_to_the_export(exchange: Exchange) -> Iterator[Finding]:
    """`links.self` is the address of the resource itself."""
    kind = "" if foreign(exchange) else "/exports"
    yield from _leads(exchange.data.get("links"), "self", f"{kind}/{exchange.data['id']}", "/data/links")


def _belongs(name: str) -> None:
    def relationship_belongs_to_the_export(exchange: Exchange) -> Iterator[Finding]:
        at = f"/data/relationships/{name}"
        relationship = exchange.data["relationships"].get(name)
        if not isinstance(relationship, dict):
            yield Finding("an object with links", "absent" if relationship is None else one_line(relationship), at)
            return
        own = f"/exports/{exchange.data['id']}"
        links = relationship.get("links")
        yield from _leads(links, "self", f"{own}/relationships/{name}", f"{at}/links")
        yield from _leads(links, "related", f"{own}/{name}", f"{at}/links")

    requirement = f"relationship-{name.replace('_', '-')}"
    rule(requirement, applies=shows_export, needs=("answer-relationships", "answer-id"))(
        relationship_belongs_to_the_export
    )


for _name in RELATIONSHIPS:
    _belongs(_name)
