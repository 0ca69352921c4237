"""The settings of a project: `[tool.exports-conformance]` in its `pyproject.toml`, as words of a command line."""

import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from exports_conformance.run.options import OPTIONS, RunOption

_FILE = "pyproject.toml"
_TABLE = "[tool.exports-conformance]"
_PYTESTS = (
    RunOption("--hypothesis-profile", "PROFILE", ""),
    RunOption("--hypothesis-seed", "N", ""),
)
_LARGEST = 1024 * 1024


class SettingsError(Exception):
    """The table cannot be used; the message is one line that names the key and the remedy."""


def settings_words(folder: Path) -> list[str]:
    """Return the settings of a folder as options, to stand before those of the command line, which win.

    Raises:
        SettingsError: a key is unknown, has a value of another type, or may only be given on the command line.
    """
    file = folder / _FILE
    if not file.is_file() or file.stat().st_size > _LARGEST:
        return []
    text = file.read_bytes()
    if b"exports-conformance" not in text:
        return []  # whatever else is wrong with a file that is not about us is not for us to say
    try:
        table = tomllib.loads(text.decode("utf-8")).get("tool", {}).get("exports-conformance", {})
    except (ValueError, AttributeError, RecursionError):
        raise SettingsError(f"{_FILE}: is not TOML; correct it") from None
    if not isinstance(table, dict):
        raise SettingsError(f"{_FILE}: {_TABLE} is not a table; correct it")
    known = {each.name.removeprefix("--"): each for each in OPTIONS}
    known |= {"profile": _PYTESTS[0], "seed": _PYTESTS[1]}
    return [word for key, value in table.items() for word in _words(key, value, known)]


def _words(key: str, value: Any, known: dict[str, RunOption]) -> Iterator[str]:
    where = f"{_FILE}: {_TABLE} {key}"
    option = known.get(key.replace("_", "-"))
    if option is None:
        near = get_close_matches(key, known, n=1)
        raise SettingsError(f"{where}: is not a setting; {f'did you mean {near[0]}?' if near else 'remove it'}")
    if option.guards or option.name == "--plan":
        raise SettingsError(f"{where}: is given on the command line only; remove it")
    values = value if isinstance(value, list) and option.many else [value]
    if not option.metavar:
        if not isinstance(value, bool):
            raise SettingsError(f"{where}: is not true or false; correct it")
        if value:
            yield option.name
        return
    for each in values:
        if isinstance(each, bool) or not isinstance(each, str | int):
            raise SettingsError(f"{where}: is not a text or a number; correct it")
        yield f"{option.name}={each}"
