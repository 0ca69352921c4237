"""Each reader of a document nested 50,000 deep ends in one line and the documented exit code."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from exports_conformance.cli.main import main
from exports_conformance.contract.openapi import OPENAPI_FILE
from exports_conformance.exchange.strict_json import MAX_DEPTH
from exports_conformance.exchange.untrusted import parse_json, parse_toml, parse_yaml
from exports_conformance.results.journal import read_journal
from tests.replays import REFERENCE

DEEP = 50_000
DOCUMENTS: Mapping[str, str] = {
    "arrays.json": "[" * DEEP,
    "closed.json": "[" * DEEP + "]" * DEEP,
    "objects.json": '{"a":' * DEEP + "1" + "}" * DEEP,
    "result.json": '{"schema_version": 1, "requirements": ' + "[" * DEEP + "]" * DEEP + "}",
    "har.json": '{"log": {"entries": ' + "[" * 600 + "]" * 600 + "}}",
    "arrays.toml": "deviations = " + "[" * DEEP + "]" * DEEP,
    "keys.toml": ".".join(["a"] * 2000) + " = 1",
    "tables.toml": "a = " + "{a = " * DEEP + "1" + "}" * DEEP,
    "arrays.yaml": "a: " + "[" * DEEP,
    "blocks.yaml": "- " * DEEP + "1",
    "objects.yaml": "{a: " * DEEP + "1" + "}" * DEEP,
}


def test_every_document_is_a_value_error() -> None:
    for name, text in DOCUMENTS.items():
        parse = {"json": parse_json, "toml": parse_toml, "yaml": parse_yaml}[name.rpartition(".")[2]]
        with pytest.raises(ValueError, match=r"nested deeper|Expecting"):
            parse(text)


def test_nesting_within_the_bound_is_read() -> None:
    text = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    for parse in (parse_json, parse_yaml):
        value = parse(text)
        for _ in range(MAX_DEPTH - 1):
            (value,) = value
        assert value == []
    assert parse_toml(f"a = {text[1:-1]}")["a"]


def _laughs(form: str) -> str:
    """Return a YAML document each of whose thirty values names the one before ten times."""
    return "a0: &a0 {x: 1}\n" + "".join(
        f"a{number}: &a{number} {form.format(', '.join([f'*a{number - 1}'] * 10))}\n" for number in range(1, 30)
    )


@pytest.mark.parametrize(
    "text", [_laughs("[{}]"), _laughs("{{<<: [{}]}}"), "a: &a [*a]"], ids=["aliases", "merges", "a circle"]
)
def test_aliases_are_not_expanded_without_bound(text: str) -> None:
    with pytest.raises(ValueError, match="has more than 1000000 values once its aliases are expanded"):
        parse_yaml(text)


@pytest.mark.parametrize("value", ["!!bool x", "!!timestamp x", "!!int ''", "!!float ''", "!!int x"])
def test_value_that_its_tag_does_not_allow_is_a_value_error(value: str) -> None:
    with pytest.raises(ValueError, match=r"is no YAML|invalid literal"):
        parse_yaml(f"a: {value}")


def test_aliases_and_merges_are_read() -> None:
    assert parse_yaml("a: &a {x: 1}\nb: *a\nc: {<<: *a, y: [*a]}") == {
        "a": {"x": 1},
        "b": {"x": 1},
        "c": {"x": 1, "y": [{"x": 1}]},
    }


READERS = (
    ("drift {}", ".yaml"),
    ("drift {}", ".json"),
    ("recording {}", ".json"),
    ("compare {} {}", ".json"),
    ("report {}", ".json"),
    ("ticket create-status-201 --result {}", ".json"),
    ("--deviations {}", ".toml"),
)


@pytest.mark.parametrize(
    ("command", "name"),
    [(command, name) for command, suffix in READERS for name in DOCUMENTS if name.endswith(suffix)],
)
def test_command_ends_in_one_line(
    command: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text(DOCUMENTS[name], encoding="ascii")
    monkeypatch.chdir(tmp_path)
    _ends_in_one_line(command, name, capfd)


DEVICE = "/dev/zero"


@pytest.mark.parametrize(
    "command",
    [
        *dict.fromkeys(command for command, _ in READERS),
        f"--replay {REFERENCE} --uses {{}}",
        f"drift {OPENAPI_FILE} --accepted {{}}",
    ],
)
def test_device_in_place_of_a_file_is_one_line(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    _ends_in_one_line(command, DEVICE, capfd)


def _ends_in_one_line(command: str, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    words = command.replace("{}", name).split()
    try:
        status = main(words)
    except SystemExit as exit_:
        status = int(exit_.code or 0)
    output, errors = capfd.readouterr()
    assert status == 4
    assert "Traceback" not in output + errors
    (line,) = [each for each in (output + errors).splitlines() if each.strip()]
    assert line.startswith("ERROR: ")
    assert name in line


def test_deep_line_of_a_journal_is_skipped(tmp_path: Path) -> None:
    file = tmp_path / "main.jsonl"
    deep = '{"line": ' + "[" * DEEP + "]" * DEEP + "}"
    file.write_text(f'{{"line": "run"}}\n{deep}\n{{"line": "created"}}\n', encoding="ascii")
    assert [line["line"] for line in read_journal(tmp_path)] == ["run", "created"]
