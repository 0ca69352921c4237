"""The organisation: the names that identify it, and the pseudonyms that replace them."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from urllib.parse import urlsplit

from exports_conformance.client.addresses import is_loopback
from exports_conformance.client.foreign import Pseudonyms
from exports_conformance.contract.requirements import FOLDER
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import PREFIX

IDS_AT_MOST = 8  # an organisation has one; a server may say anything
VENDORS = (".commercelayer.io", ".commercelayer.co")
_ID = re.compile(rb'"organization_id"\s*+:\s*+"([A-Za-z0-9_-]{1,64})"')


class Anonymity:
    """Has a redactor `learn` the organisation's slug, its id and its host, a pseudonym of the same shape for each.

    A name that is a part of the contract's own words stands for itself but in a host: the answers must stay legible.
    """

    def __init__(self, learn: Callable[[str, str], None], pseudonyms: Pseudonyms) -> None:
        self._learn = learn
        self._pseudonyms = pseudonyms
        self._ids: set[str] = set()

    def of_address(self, url: str) -> None:
        """Learn a host away from loopback, and the slug that is its first part at the vendor's."""
        host = urlsplit(url).hostname or ""
        if is_loopback(url) or not host:
            return
        vendor = next((domain for domain in VENDORS if host.endswith(domain)), "")
        kept = vendor or f".{host.rpartition('.')[2]}"
        own = host.removesuffix(kept)
        self._learn_in_any_case(host, f"{self._of(own)}{kept}")
        if vendor:
            self._learn_word(own)

    def of_claims(self, claims: Mapping[str, Json]) -> None:
        """Learn the names of the organisation in a token's claims."""
        organisation = claims.get("organization")
        told = [organisation.get(name) for name in ("slug", "id")] if isinstance(organisation, dict) else []
        for name in told:
            if isinstance(name, str):
                self._learn_word(name)

    def of_body(self, body: bytes) -> None:
        """Learn the id of the organisation in a response."""
        if b"organization_id" not in body:
            return
        for found in _ID.findall(body):
            name = found.decode("ascii")
            if name not in self._ids and len(self._ids) < IDS_AT_MOST:
                self._ids.add(name)
                self._learn_word(name)

    def _learn_word(self, name: str) -> None:
        if name.lower() not in _own_words():
            self._learn_in_any_case(name, self._of(name))

    def _learn_in_any_case(self, name: str, pseudonym: str) -> None:
        for form in dict.fromkeys([name, name.lower(), name.upper()]):
            self._learn(form, pseudonym)

    def _of(self, name: str) -> str:
        """Return a name's pseudonym, in lower case if the name is; a short name could be its own by chance."""
        pseudonym, more = name, ""
        while pseudonym == name and any(map(str.isalnum, name)):
            pseudonym = self._pseudonyms.of(name + more)[: len(name)]
            pseudonym = pseudonym.lower() if name == name.lower() else pseudonym
            more += "x"
        return pseudonym


@cache
def _own_words() -> str:
    """Return the text of the contract: a name that occurs in it must not be replaced everywhere."""
    files = sorted(file for file in FOLDER.iterdir() if file.suffix in {".json", ".toml", ".yaml"})
    return "\n".join([PREFIX, *(file.read_text(encoding="utf-8").lower() for file in files)])
