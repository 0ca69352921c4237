"""Read a published document and the files it refers to, within bounds of size, depth and work."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml

from exports_conformance.upgrade.drift.description import UnreadableDocument

LARGEST_DOCUMENT = 16 * 1024 * 1024
DEEPEST_NESTING = 100
LONGEST_CHAIN = 50  # references that lead to references
MOST_FILES = 500
MOST_STEPS = 200_000  # an alias or a reference repeats what it names, so size alone bounds no work

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_text(file: Path) -> str:
    """Return the text of a file.

    Raises:
        OSError: the file cannot be read.
        UnreadableDocument: it is too large, or not UTF-8.
    """
    with file.open("rb") as stream:
        content = stream.read(LARGEST_DOCUMENT + 1)
    if len(content) > LARGEST_DOCUMENT:
        raise UnreadableDocument(f"is larger than {LARGEST_DOCUMENT >> 20} MB; give the document alone")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableDocument("is not UTF-8; save it as text, HTML, JSON or YAML in UTF-8") from None


def parse(text: str) -> Any:
    """Return what a text says as JSON or YAML; None if it is neither, as a saved page.

    Raises:
        UnreadableDocument: it begins as JSON or YAML but is damaged, nested too deeply, or uses YAML's merge keys.
    """
    first = text.lstrip()[:1]
    if first == "<":
        return None
    try:
        return json.loads(text) if first in {"{", "["} else _yaml(text)
    except RecursionError:
        raise UnreadableDocument(f"is nested deeper than {DEEPEST_NESTING} levels; no API is described so") from None
    except ValueError as error:
        kind = "JSON" if first in {"{", "["} else "YAML"
        raise UnreadableDocument(f"is not valid {kind}: {error}; it may be cut short") from None


def _yaml(text: str) -> Any:
    try:
        _check_events(text)
    except yaml.YAMLError:
        return None
    try:
        return yaml.load(text, Loader=_LOADER)  # noqa: S506  a safe loader
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from None


def _check_events(text: str) -> None:
    """Bound the depth before parsing: libyaml composes nodes recursively and crashes the process on deep ones."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST_NESTING:
                raise RecursionError
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.ScalarEvent) and event.value == "<<" and event.style is None:
            raise UnreadableDocument("uses YAML's merge keys (<<), which YAML 1.2 does not have; write them out")


class Source:
    """A document with the files it refers to, each read when a reference first leads there.

    `root` is the document. Every relative reference in it has been made absolute, so that a part can be passed on
    without the file it comes from.
    """

    def __init__(self, file: Path, document: Any) -> None:
        """Take a parsed document, and the file it was read from."""
        self._folder = file.resolve().parent
        self._files: dict[Path, Any] = {}
        self._steps = 0
        self.root = self._take(file.resolve(), document)

    def step(self) -> None:
        """Count one step of work.

        Raises:
            UnreadableDocument: the document repeats itself without end.
        """
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise UnreadableDocument(
                f"repeats itself: its references or aliases make more than {MOST_STEPS:,} parts; write it without them"
            )

    def follow(self, node: Any) -> Any:
        """Return a node, or what its reference leads to, with the keys that stand beside the reference.

        Raises:
            UnreadableDocument: the reference leads in a circle, to nothing, or to a place that is not read.
        """
        for _ in range(LONGEST_CHAIN):
            reference = node.get("$ref") if isinstance(node, dict) else None
            if not isinstance(reference, str):
                return node
            self.step()
            target, beside = self._target(reference), {key: node[key] for key in node if key != "$ref"}
            node = {**target, **beside} if beside and isinstance(target, dict) else target
        raise UnreadableDocument(f"has references that lead in a circle: {_shown(reference)}")

    def _take(self, file: Path, document: Any) -> Any:
        self._files[file] = document
        for part in _dictionaries(document):
            reference = part.get("$ref")
            if isinstance(reference, str) and "://" not in reference:
                path, _, pointer = reference.partition("#")
                target = (file.parent / unquote(path)).resolve() if path else file
                part["$ref"] = f"file:{target}#{pointer}"
        return document

    def _target(self, reference: str) -> Any:
        path, _, pointer = reference.removeprefix("file:").partition("#")
        if not reference.startswith("file:"):
            raise UnreadableDocument(f"refers to {reference}, which is not fetched; save that document beside it")
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
                raise UnreadableDocument(f"refers to {_shown(reference)}, which does not exist")
        return node

    def _read(self, file: Path, reference: str) -> Any:
        if file in self._files:
            return self._files[file]
        if not file.is_relative_to(self._folder):
            raise UnreadableDocument(f"refers to {_shown(reference)}, outside its folder; save all files in one folder")
        if len(self._files) >= MOST_FILES:
            raise UnreadableDocument(f"refers to more than {MOST_FILES} files; bundle it into one document")
        try:
            return self._take(file, parse(read_text(file)))
        except OSError as error:
            raise UnreadableDocument(f"refers to {_shown(reference)}: {error.strerror}") from None
        except UnreadableDocument as error:
            raise UnreadableDocument(f"refers to {_shown(reference)}, which {error}") from None


def _shown(reference: str) -> str:
    path, _, pointer = reference.removeprefix("file:").partition("#")
    return f"{Path(path).name}#{pointer}"


def _dictionaries(document: Any) -> Iterator[dict[Any, Any]]:
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
