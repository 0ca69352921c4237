"""Untrusted text and folders: read within bounds, made harmless, written without following links."""

import errno
import json
import os
import re
import stat
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import mkstemp

import yaml

from exports_conformance.exchange.strict_json import MAX_DEPTH, Json, is_deeper

TOO_DEEP = f"is nested deeper than {MAX_DEPTH} levels"

_STARTS = (yaml.SequenceStartEvent, yaml.MappingStartEvent)
_ENDS = (yaml.SequenceEndEvent, yaml.MappingEndEvent)
_VALUES_AT_MOST = 1_000_000


def read_regular(file: Path, *, largest: int = 1024 * 1024) -> bytes:
    """Return the content of a regular file of at most `largest` bytes; by default, of a file that people write.

    Raises:
        OSError: it cannot be read, is a device or the like, or is larger.
    """
    found = file.stat()
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):  # a folder has an error of its own
        raise OSError(errno.EINVAL, "it is not a regular file", str(file))
    if found.st_size > largest:
        raise OSError(errno.EFBIG, f"it is larger than {largest // 2**20} MB", str(file))
    return file.read_bytes()


def parse_json(text: str | bytes) -> Json:
    """Return the value of a JSON text; of repeated keys the last.

    Raises:
        ValueError: the text is not JSON, or is nested too deep.
    """
    return _within_depth(lambda: json.loads(text))


def parse_toml(text: str) -> dict[str, Json]:
    """Return the tables of a TOML text.

    Raises:
        ValueError: the text is not TOML, or is nested too deep.
    """
    tables: dict[str, Json] = _within_depth(lambda: tomllib.loads(text))
    return tables


def _within_depth(read: Callable[[], Json]) -> Json:
    try:
        value = read()
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    if is_deeper(value, MAX_DEPTH):
        raise ValueError(TOO_DEEP)
    return value


def parse_yaml(text: str) -> Json:
    """Return the value of a YAML text, of the types that JSON has and dates.

    Raises:
        ValueError: the text is not YAML, or is nested too deep.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        # libyaml composes a document by recursion in C: 100,000 brackets end the process. Its events are a flat list.
        _check_events(yaml.parse(text, Loader=loader))
        value = yaml.load(text, Loader=loader)  # noqa: S506  both loaders are safe
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"is no YAML: {' '.join(str(error).split())}") from None
    except (KeyError, AttributeError, IndexError, TypeError, OverflowError):  # what PyYAML raises for `!!bool x`
        raise ValueError("is no YAML: a value does not have the form of its tag") from None
    if is_deeper(value, MAX_DEPTH):
        raise ValueError(TOO_DEEP)
    return value


def _check_events(events: Iterable[yaml.Event]) -> None:
    """Raise a `ValueError` if a document is nested too deep, or too large once its aliases and merges are expanded."""
    sizes: dict[str | None, int] = {}  # how many values each anchor names
    within: list[tuple[str | None, int]] = [(None, 0)]
    for event in events:
        if isinstance(event, _STARTS):
            within.append((event.anchor, 1))
            if len(within) > MAX_DEPTH + 1:
                raise ValueError(TOO_DEEP)
            continue
        if isinstance(event, _ENDS):
            anchor, size = within.pop()
        elif isinstance(event, yaml.NodeEvent):
            # An alias to what contains it has no size yet, so that it counts as too many.
            anchor, size = event.anchor, 1
            if isinstance(event, yaml.AliasEvent):
                size = sizes.get(anchor, _VALUES_AT_MOST)
        else:
            continue
        sizes[anchor] = size
        around, others = within.pop()
        within.append((around, others + size))
        if others + size > _VALUES_AT_MOST:
            raise ValueError(f"has more than {_VALUES_AT_MOST} values once its aliases are expanded")


_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\U000e0100-\U000e01ef]"
)
"""Characters that Python calls printable and that are invisible, without the selectors that emoji need."""

_LOGGING_COMMAND = re.compile(r"##(?=[A-Za-z]*\[)")
"""The beginning of a command to GitHub's runner or Azure's anywhere in a line, or to TeamCity's."""

_SHORTENED = re.compile(r" … (\d{1,3}(?:,\d{3}){0,4}) more characters?\Z", re.ASCII)


def harmless(text: str) -> str:
    r"""Return a text with everything escaped that is not plainly visible.

    Control characters, line ends, bidirectional controls, zero-width and other spaces than the common one,
    private, unassigned and lone surrogate code points become `\x1b`, `\n`, `\u202e` and the like. A
    backslash is not escaped, since the text is for reading, not for decoding. `##[`, `##vso[` and `##teamcity[`, which
    begin a command to a CI's runner, are split.
    """
    if not text.isprintable():
        text = text.translate({ord(each): _escape(each) for each in set(text) if not each.isprintable()})
    text = _UNSEEN.sub(lambda found: _escape(found[0]), text)
    return _LOGGING_COMMAND.sub("## ", text)


def for_log(text: str) -> str:
    """Return a harmless text that no CI reads as a command, `::` at its beginning included."""
    text = harmless(text)
    return text.replace("::", r"\x3a\x3a", 1) if text.lstrip(" ").startswith("::") else text


def shortened(text: str, limit: int) -> str:
    """Return at most `limit` characters of a text, followed by how many were left out, earlier shortening included."""
    left_out = len(text) - limit
    if left_out <= 0:
        return text
    if before := _SHORTENED.search(text, max(limit, len(text) - 50)):
        left_out += int(before[1].replace(",", "")) - len(before[0])
    return f"{text[:limit]} … {left_out:,} more character{'' if left_out == 1 else 's'}"


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def write_file(file: Path, content: bytes | str | Iterable[str], *, mode: int = 0o644) -> None:
    """Write a temporary file and rename it; a symbolic link in its place is replaced, not followed.

    Raises:
        OSError: the file cannot be written; what was there before stays.
    """
    pieces = [content] if isinstance(content, bytes | str) else content
    number, name = mkstemp(dir=file.parent, prefix=f".{file.name}.")
    aside = Path(name)
    try:
        with os.fdopen(number, "wb") as opened:
            opened.writelines(piece if isinstance(piece, bytes) else piece.encode("utf-8") for piece in pieces)
        aside.chmod(mode)
        aside.replace(file)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
