"""Reported faults of metadata and texts."""

import re
from collections.abc import Callable

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.messages import Middleware, Respond, ServerRequest, ServerResponse
from tests.mutants.mutant import is_creation, sent
from tests.outside.server import Attributes, reported

TEXTS = ("reference", "reference_origin")


def _storing(
    source: str,
    name: str,
    summary: str,
    change: Callable[[Json], Json],
    *,
    missed: str = "",
    only: tuple[str, ...] = (),
) -> None:
    """Register a server that stores, and shows, other texts or metadata than were sent."""
    names = only or (*TEXTS, "metadata")

    def edit(asked: Attributes) -> Attributes:
        return {key: change(value) if key in names else value for key, value in asked.items()}

    reported(source, family=3, name=name, summary=summary, missed=missed)(_stored(edit))


def _stored(edit: Callable[[Attributes], Attributes]) -> Middleware:
    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        made = edit(sent(request)) if is_creation(request) else {}
        return respond(request.edited(lambda document: document["data"].update(attributes=made)) if made else request)

    return middleware


def _deeply(change: Callable[[Json], Json]) -> Callable[[Json], Json]:
    """Return a change of every value inside another that is no object and no array."""

    def changed(value: Json) -> Json:
        if isinstance(value, dict):
            return {key: changed(each) for key, each in value.items()}
        return [changed(each) for each in value] if isinstance(value, list) else change(value)

    return changed


def _keys(rename: Callable[[str], str]) -> Callable[[Json], Json]:
    def changed(value: Json) -> Json:
        if isinstance(value, dict):
            return {rename(key): changed(each) for key, each in value.items()}
        return [changed(each) for each in value] if isinstance(value, list) else value

    return changed


def _emptied(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: None if each == [] else _emptied(each) for key, each in value.items()}
    return [_emptied(each) for each in value] if isinstance(value, list) else value


def _on_texts(change: Callable[[str], Json]) -> Callable[[Json], Json]:
    return _deeply(lambda value: change(value) if isinstance(value, str) else value)


_storing(
    "SeyZ/jsonapi-serializer#25",
    "underscores-as-dashes",
    "Writes the underscores in the keys of metadata as dashes.",
    _keys(lambda key: key.replace("_", "-")),
    only=("metadata",),
)
_storing(
    "django-json-api/django-rest-framework-json-api#754",
    "nested-keys-underscored",
    "Writes the keys of metadata with underscores, however they were sent.",
    _keys(lambda key: re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).replace("-", "_").lower()),
    only=("metadata",),
)
_storing(
    "glpi-project/glpi#2318",
    "digits-as-numbers",
    "Stores texts of digits as numbers, without their leading zeros.",
    _on_texts(lambda text: int(text) if re.fullmatch("[0-9]{1,18}", text) else text),
    only=("metadata",),
)
_storing(
    "mozilla/fxa-profile-server#186",
    "text-ends-at-an-emoji",
    "Cuts a text at its first character outside the basic plane.",
    _on_texts(lambda text: re.split("[\U00010000-\U0010ffff]", text)[0]),
)
_storing(
    "aaronpk/webmention.io#203",
    "emoji-as-question-marks",
    "Stores a question mark for each byte of an emoji, and no variation selectors.",
    _on_texts(lambda text: re.sub("[\U00010000-\U0010ffff]", "????", text).replace("\ufe0f", "")),
)
_storing(
    "upframe/upframe.io#98",
    "emoji-lost",
    "Loses the emoji in a text.",
    _on_texts(lambda text: re.sub("[\U00010000-\U0010ffff]", "", text)),
)
_storing(
    "rails/rails#11044",
    "empty-arrays-as-null",
    "Reads an empty array inside an object as null.",
    _emptied,
    only=("metadata",),
)
_storing(
    "rhysd/fixjson#19",
    "integers-rounded-to-doubles",
    "Rounds integers over 2^53 to doubles.",
    _deeply(lambda value: int(float(value)) if isinstance(value, int) and not isinstance(value, bool) else value),
    missed="numbers are equal if they are the same double: JSON promises no more",
    only=("metadata",),
)

_storing(
    "zammad/zammad#14",
    "cut-after-250-characters",
    "Cuts texts after 250 characters without a word.",
    _on_texts(lambda text: text[:250]),
)
