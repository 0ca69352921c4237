"""A recording with a secret anywhere in it is not called safe, and the copy that is made of it has none."""

import base64
import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from exports_conformance.cli.main import main
from exports_conformance.results.recording import RecordingError, read_recording
from tests.record import FILE

Log = dict[str, Any]
JWT = "eyJhbGciOiJIUzUxMiJ9.eyJjYW5hcnkiOnRydWV9.canarycanary"


def _foreign(log: Log) -> None:
    """Make a recording of ours one that a browser could have made."""
    del log["_recording"]
    log["entries"] = log["entries"][:2]
    for entry in log["entries"]:
        del entry["_exchange"]
        for header in entry["request"]["headers"]:
            if header["name"] == "Authorization":
                header["value"] = "Bearer $COMMERCELAYER_ACCESS_TOKEN"


def _token_request(log: Log) -> None:
    entry = json.loads(json.dumps(log["entries"][0]))
    entry["request"]["url"] = "https://auth.commercelayer.io/oauth/token"
    entry["request"]["postData"] = {
        "mimeType": "application/json",
        "text": '{"grant_type": "client_credentials", "client_secret": "canary"}',
    }
    log["entries"].append(entry)


def _header(part: str, name: str) -> Callable[[Log], None]:
    return lambda log: log["entries"][0][part]["headers"].append({"name": name, "value": "canary"})


def _body(text: str) -> Callable[[Log], None]:
    return lambda log: log["entries"][0]["response"]["content"].update(text=text)


def _set(part: str, **members: Any) -> Callable[[Log], None]:
    return lambda log: log["entries"][0][part].update(members)


PAGE = {"id": "p", "startedDateTime": "2026-01-01T00:00:00.000Z", "pageTimings": {}}
NAMED = {"name": "access_token", "value": "canary"}
SECRETS: Mapping[str, Callable[[Log], None]] = {
    "token request beside the API": _token_request,
    "token request with a form": _set(
        "request", postData={"mimeType": "application/x-www-form-urlencoded", "text": "scope=x&client_secret=canary"}
    ),
    "parameter of a form": _set(
        "request", postData={"mimeType": "application/x-www-form-urlencoded", "text": "", "params": [NAMED]}
    ),
    "access_token in a URL": lambda log: log["entries"][0]["request"].update(
        url=log["entries"][0]["request"]["url"] + "?access_token=canary"
    ),
    "parameter of a query": _set("request", queryString=[NAMED]),
    "cookie of a request": _set("request", cookies=[{"name": "session", "value": "canary"}]),
    "cookie of a response": _set("response", cookies=[{"name": "session", "value": "canary"}]),
    "user in a URL": lambda log: log["entries"][0]["request"].update(url="https://user:canary@x.example/api/exports"),
    "user in a title": lambda log: log.update(pages=[{**PAGE, "title": "https://user:canary@x.example/"}]),
    "comment": lambda log: log.update(comment="called with ?access_token=canary"),
    "redirect": _set("response", redirectURL="https://s3.amazonaws.com/x?X-Amz-Signature=canary"),
    "X-Api-Key": _header("request", "X-Api-Key"),
    "X-Auth-Token of a response": _header("response", "X-Auth-Token"),
    "Authorization of a response": _header("response", "Authorization"),
    "Authorization of a request": _header("request", "authorization"),
    "JSON in a text": _body(json.dumps({"data": {"log": json.dumps({"api_key": "canary"})}})),
    "shared_secret": _body('{"data": {"attributes": {"shared_secret": "canary"}}}'),
    "JWT": _body(f'{{"detail": "{JWT}"}}'),
    "base64": lambda log: log["entries"][0]["response"]["content"].update(
        text=base64.b64encode(b'{"password": "canary"}').decode(), encoding="base64"
    ),
    "base64 that is gzip": lambda log: log["entries"][0]["response"]["content"].update(
        text=base64.b64encode(gzip.compress(b'{"password": "canary"}')).decode(), encoding="base64"
    ),
    "Authorization in a text": _body('{"headers": {"Authorization": "Bearer canary"}}'),
    "name of a member": _set("response", **{JWT: 1}),
}


def _written(edits: list[Callable[[Log], None]], folder: Path) -> Path:
    document = json.loads(FILE.read_text(encoding="ascii"))
    for edit in edits:
        edit(document["log"])
    file = folder / "traffic.har"
    file.write_text(json.dumps(document), encoding="ascii")
    return file


@pytest.mark.parametrize("edit", SECRETS.values(), ids=SECRETS)
def test_secret_anywhere_in_a_recording_is_found(
    edit: Callable[[Log], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["recording", str(_written([_foreign, edit], tmp_path))]) == 4
    output, errors = capsys.readouterr()
    assert "hold secrets (log." in errors
    assert "canary" not in output + errors
    assert "no secret was found" not in output


def test_recording_without_a_secret_is_called_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Recordings of others and ours, which has invented credentials, are reported to hold no secret."""
    for file in (_written([_foreign], tmp_path), FILE):
        assert main(["recording", str(file)]) == 0
        assert "no secret was found in it" in capsys.readouterr().out


def test_copy_has_no_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither the recording of a run against a leaking server nor any other file of that run holds the secret."""
    text = {"shared_secret": "canary", "log": json.dumps({"api_key": "canary"}), "jwt": JWT}
    names = ("X-Api-Key", "Authorization of a request", "X-Auth-Token of a response", "access_token in a URL")
    file = _written([_foreign, _token_request, _body(json.dumps(text)), *(SECRETS[name] for name in names)], tmp_path)
    copy = tmp_path / "copy.har"
    words = ["--endpoint", "recorded", "--recording", str(file), "--record", str(copy)]
    main([*words, "--report-dir", str(tmp_path / "run"), "-q", "-p", "no:cacheprovider"])
    capsys.readouterr()
    assert (main(["recording", str(copy)]), capsys.readouterr().err) == (0, "")
    for kept in [copy, *(each for each in (tmp_path / "run").rglob("*") if each.is_file())]:
        assert "canary" not in kept.read_text(encoding="utf-8", errors="replace"), kept


def _places(value: Any) -> Iterator[tuple[str | int, ...]]:
    """Yield the place of each member of a document."""
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (key,)
        yield from ((key, *place) for place in _places(each))


def test_odd_member_of_a_recording_is_one_line(tmp_path: Path) -> None:
    """Each member of a HAR, ours or a browser's, in turn has every other type: it is read, or refused in one line."""
    log = json.loads(FILE.read_text(encoding="utf-8"))["log"]
    ours = {
        "_recording": log["_recording"],
        "entries": [each for each in log["entries"] if each["request"]["method"] == "POST"][:1],
    }
    theirs = deepcopy(ours)
    _foreign(theirs)
    file = tmp_path / "odd.har"
    refused: list[str] = []
    for log in (ours, theirs):
        for *parents, last in _places(log):
            for odd in (None, -1, [1], {"a": None}):
                document = deepcopy({"log": log})
                place: Any = document["log"]
                for each in parents:
                    place = place[each]
                place[last] = odd
                file.write_text(json.dumps(document), encoding="utf-8")
                try:
                    read_recording(file)
                except RecordingError as error:
                    refused.append(str(error))
    assert len(refused) > 100
    assert not any("\n" in each for each in refused)
