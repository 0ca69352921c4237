"""Read a published document and the files it refers to, within bounds of size, depth and work."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml

from exports_conformance.exchange.strict_json import Json, member
from exports_conformance.exchange.untrusted import TOO_DEEP, parse_json, parse_yaml
from exports_conformance.upgrade.drift.description import UnreadableDocumentError

LARGEST_DOCUMENT = 16 * 1024 * 1024
LONGEST_CHAIN = 50  # references that lead to references
MOST_FILES = 500
MOST_STEPS = 30_000  # an alias or a reference repeats what it names, so size alone bounds no work

_OPENAPI_KEY = re.compile(r"^[\"']?(openapi|swagger)[\"']?\s*:", re.MULTILINE)
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_text(file: Path) -> str:
    """Return the text of a file.

    Raises:
        OSError: the file cannot be read.
        UnreadableDocumentError: it is too large, or not UTF-8.
    """
    with file.open("rb") as stream:
        content = stream.read(LARGEST_DOCUMENT + 1)
    if len(content) > LARGEST_DOCUMENT:
        raise UnreadableDocumentError(f"is larger than {LARGEST_DOCUMENT >> 20} MB; give the document alone")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableDocumentError("is not UTF-8; save it as text, HTML, JSON or YAML in UTF-8") from None


def parse(text: str) -> Json:
    """Return the value of a JSON or YAML text; None if it is neither, such as a saved page.

    Raises:
        UnreadableDocumentError: it begins as JSON or OpenAPI but is damaged, too deep, or uses YAML's merge keys.
    """
    first = text.lstrip()[:1]
    if first == "<":
        return None
    is_json = first in {"{", "["}
    try:
        return parse_json(text) if is_json else _yaml(text)
    except ValueError as error:
        if str(error) == TOO_DEEP:
            raise UnreadableDocumentError(f"{TOO_DEEP}; give the document of an API") from None
        if is_json:
            raise UnreadableDocumentError(f"is not valid JSON: {error}; it may be cut short") from None
        if _OPENAPI_KEY.search(text):
            raise UnreadableDocumentError(f"{error}; it may be cut short") from None
        return None


def _yaml(text: str) -> Json:
    if "<<" in text or "merge" in text:
        _refuse_merge_keys(text)
    return parse_yaml(text)


def _refuse_merge_keys(text: str) -> None:
    """Refuse merge keys: each copies what it names, so that a kilobyte of them can fill the memory."""
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.ScalarEvent) and (
                (event.value == "<<" and event.implicit[0]) or event.tag == "tag:yaml.org,2002:merge"
            ):
                raise UnreadableDocumentError(
                    "uses YAML's merge keys (<<), which YAML 1.2 does not have; write them out"
                )
    except yaml.YAMLError:
        return  # reported when the text is parsed


class DocumentSource:
    """A document with the files it refers to, each read when a reference first leads there.

    `root` is the document. Every relative reference in it has been made absolute, so that a part can be passed on
    without the file it comes from.
    """

    def __init__(self, file: Path, document: Json) -> None:
        """Start from a parsed document and the file it was read from."""
        self._folder = file.resolve().parent
        self._files: dict[Path, Json] = {}
        self._steps = 0
        self.root = self._take(file.resolve(), document)

    def step(self) -> None:
        """Count one step of work.

        Raises:
            UnreadableDocumentError: the document repeats itself without end.
        """
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise UnreadableDocumentError(
                f"repeats itself: its references or aliases make more than {MOST_STEPS:,} parts; write it without them"
            )

    def follow(self, node: Json) -> Json:
        """Return a node, or what its reference leads to, with the keys that stand beside the reference.

        Raises:
            UnreadableDocumentError: the reference leads in a circle, to nothing, or to a place that is not read.
        """
        reference = ""
        for _ in range(LONGEST_CHAIN):
            said = member(node, "$ref")
            if not isinstance(said, str):
                return node
            reference = said
            self.step()
            target, beside = self._target(reference), {key: node[key] for key in node if key != "$ref"}
            node = {**target, **beside} if beside and isinstance(target, dict) else target
        raise UnreadableDocumentError(f"has references that lead in a circle: {_shown(reference)}")

    def _take(self, file: Path, document: Json) -> Json:
        self._files[file] = document
        for part in _dictionaries(document):
            reference = part.get("$ref")
            if isinstance(reference, str) and "://" not in reference:
                path, _, pointer = reference.partition("#")
                target = (file.parent / unquote(path)).resolve() if path else file
                part["$ref"] = f"file:{target}#{pointer}"
        return document

    def _target(self, reference: str) -> Json:
        path, _, pointer = reference.removeprefix("file:").partition("#")
        if not reference.startswith("file:"):
            raise UnreadableDocumentError(f"refers to {reference}, which is not fetched; save that document beside it")
        node = self._read(Path(path), reference)
        for segment in filter(None, unquote(pointer).split("/")):
            name = segment.replace("~1", "/").replace("~0", "~")
            if isinstance(node, dict) and name not in node:
                node = self.follow(node)
            if isinstance(node, list) and name.isdecimal() and int(name) < len(node):
                node = node[int(name)]
            elif isinstance(node, dict) and name in node:
                node = node[name]
            else:
                raise UnreadableDocumentError(f"refers to {_shown(reference)}, which does not exist")
        return node

    def _read(self, file: Path, reference: str) -> Json:
        if file in self._files:
            return self._files[file]
        if not file.is_relative_to(self._folder):
            raise UnreadableDocumentError(
                f"refers to {_shown(reference)}, outside its folder; save all files in one folder"
            )
        if len(self._files) >= MOST_FILES:
            raise UnreadableDocumentError(f"refers to more than {MOST_FILES} files; bundle it into one document")
        try:
            return self._take(file, parse(read_text(file)))
        except OSError as error:
            raise UnreadableDocumentError(f"refers to {_shown(reference)}: {error.strerror}") from None
        except UnreadableDocumentError as error:
            raise UnreadableDocumentError(f"refers to {_shown(reference)}, which {error}") from None


def _shown(reference: str) -> str:
    path, _, pointer = reference.removeprefix("file:").partition("#")
    return f"{Path(path).name}#{pointer}"


def _dictionaries(document: Json) -> Iterator[dict[Json, Json]]:
    """Yield each dictionary in a document once, although aliases make it a graph that may even be cyclic."""
    waiting, seen = [document], set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        if isinstance(node, dict):
            seen.add(id(node))
            yield node
            waiting += node.values()
        elif isinstance(node, list):
            seen.add(id(node))
            waiting += node
