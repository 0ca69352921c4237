"""Servers that clean up texts and show others than those sent."""

import html
import re
import unicodedata
from collections.abc import Callable, Mapping
from urllib.parse import unquote_plus

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.messages import ServerRequest
from tests.mutants.echoes import ECHOED
from tests.mutants.mutant import breaks, on_created, sent

Rewrite = Callable[[str], Json]

REWRITTEN: Mapping[str, Mapping[str, Rewrite]] = {
    "reference": {
        "composed": lambda text: unicodedata.normalize("NFC", text),
        "escaped": lambda text: html.escape(text, quote=False),
        "unescaped": html.unescape,
        "percent-decoded": unquote_plus,
        "with-single-spaces": lambda text: re.sub(r"\s+", " ", text),
    },
    "reference_origin": {
        "composed": lambda text: unicodedata.normalize("NFC", text),
        "percent-decoded": unquote_plus,
        "null-as-null": lambda text: None if text == "null" else text,
        "without-leading-zeros": lambda text: text.lstrip("0"),
        "without-backslashes": lambda text: text.replace("\\", ""),
        "cut-at-255-characters": lambda text: text[:255],
    },
}
"""How a server rewrites a text, by its attribute."""


def _rewrites(attribute: str, how: str, rewrite: Rewrite) -> None:
    def edit(data: dict[str, Json], request: ServerRequest) -> None:
        if sent(request).get(attribute):
            data["attributes"][attribute] = rewrite(data["attributes"][attribute])

    argument = attribute.replace("_", "-")
    said = f"Shows `{attribute}` {how.replace('-', ' ')}."
    breaks(ECHOED[attribute], f"{argument}-{how}", summary=said)(on_created(edit))


for _attribute, _ways in REWRITTEN.items():
    for _how, _rewrite in _ways.items():
        _rewrites(_attribute, _how, _rewrite)


def _lose_equal_origin(data: dict[str, Json], request: ServerRequest) -> None:
    asked = sent(request)
    if asked.get("reference") and asked.get("reference") == asked.get("reference_origin"):
        data["attributes"]["reference_origin"] = None


breaks(
    "create-echoes-reference-origin",
    "origin-equal-to-the-reference-lost",
    summary="Loses an origin that is the same as the reference.",
)(on_created(_lose_equal_origin))
