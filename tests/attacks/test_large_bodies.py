"""Of a large body only a part is kept, in memory and on disk; it is judged whole before."""

import json
import os
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest

from exports_conformance.client import client
from exports_conformance.client.opening import open_live
from exports_conformance.exchange.model import KEPT_AT_MOST, Exchange, Expectation, Response, outlined
from exports_conformance.exchange.reasons import environment_error
from exports_conformance.reference.messages import ServerRequest, ServerResponse
from exports_conformance.results.har import exchanges_of_entries, from_json, har_entry, to_json
from exports_conformance.results.journal import read_journal
from exports_conformance.rules import Judgement, judge
from exports_conformance.run import run as runs
from exports_conformance.upgrade.comparing import compare_exchanges
from tests.attacks.organisation import Open, bent
from tests.exchanges import created

LARGE = 300_000


def _padded(_: ServerRequest, response: ServerResponse) -> ServerResponse:
    def pad(document: Any) -> None:
        document.setdefault("meta", {})["padding"] = "x" * LARGE

    return response.edited(pad) if isinstance(response.document, dict) else response


def _large(status: int = 200, media_type: str = "application/vnd.api+json") -> Exchange:
    body = json.dumps({"errors": [{"status": str(status)}], "meta": {"padding": "é" * LARGE}}, ensure_ascii=False)
    return replace(created(), response=Response(status, (("Content-Type", media_type),), body.encode()))


def test_part_is_kept_with_size_and_digest_of_the_whole() -> None:
    large = _large()
    assert large.response is not None
    kept = large.kept().response
    assert kept is not None
    assert kept.body == large.response.body[:KEPT_AT_MOST]
    assert len(kept.body) + kept.omitted == len(large.response.body)
    assert kept.sha256 == sha256(large.response.body).hexdigest()
    less = kept.kept(1000)
    assert (len(less.body) + less.omitted, less.sha256) == (len(large.response.body), kept.sha256)
    small = created()
    assert small.kept() is small


def test_part_survives_journals_and_recordings() -> None:
    kept = _large().kept()
    assert from_json(json.loads(json.dumps(to_json(kept)))).response == kept.response
    (read,) = exchanges_of_entries([json.loads(json.dumps(har_entry(kept)))], kept.base_url, kept.provenance)
    assert read.response == kept.response
    assert har_entry(kept)["response"]["content"]["size"] == len(_large().response.body)  # type: ignore[union-attr]  # it has one


def test_part_is_neither_judged_nor_compared() -> None:
    """It is no document, which is not the endpoint's fault."""
    large = _large()
    kept = large.kept()
    assert judge(large) != Judgement()
    assert judge(kept) == Judgement()
    assert "only the first 262144 bytes were kept" in kept.reading.problem
    before = replace(created(), response=kept.response)
    compared = compare_exchanges([before], [before])
    assert compared.differences == ()
    assert "too large" in compared.undecided[0].reason


@pytest.mark.parametrize(("status", "media_type"), [(403, "text/html"), (403, "application/json"), (520, "text/html")])
def test_part_has_the_environment_error_of_the_whole(status: int, media_type: str) -> None:
    large = _large(status, media_type)
    assert environment_error(large.kept()) == environment_error(large) == ""


def test_run_against_large_responses_conforms_and_keeps_little(shared: Open, tmp_path: Path) -> None:
    organisation = shared(bent("any", _padded))
    assert organisation.run(tmp_path, "--hypothesis-profile", "smoke") == 0
    assert organisation.left == []
    lines = [line for line in read_journal(tmp_path / "journal") if line["line"] == "exchange"]
    cut = [each.response for each in (from_json(line["exchange"]) for line in lines) if each.is_cut]
    assert len(cut) > 5
    assert {len(each.body) for each in cut if each} <= {KEPT_AT_MOST, runs.KEPT_OF_OTHERS}
    assert all(each.omitted > LARGE - KEPT_AT_MOST for each in cut if each)


def test_tests_hold_no_more_than_an_outline_of_a_large_response(shared: Open) -> None:
    """Which has the ids and statuses that they build on."""
    organisation, judged = shared(bent("any", _padded)), list[Exchange]()
    with mock.patch.dict(os.environ, organisation.env), open_live(observe=judged.append) as endpoint:
        exchange = endpoint.list(expectation=Expectation("c", "list"))
    assert judged[0].response is not None
    assert len(judged[0].response.body) > LARGE
    assert exchange.response is not None
    assert len(exchange.response.body) < KEPT_AT_MOST
    outline, whole = exchange.reading.value, judged[0].reading.value
    assert [each["id"] for each in outline["data"]] == [each["id"] for each in whole["data"]]
    assert len(outline["data"]) == len(organisation.planted)
    assert outline["meta"]["padding"] == "x" * 1000


def test_outline_of_odd_responses_is_small() -> None:
    deep: Any = ["x" * 900] * 300
    for _ in range(9):
        deep = {"a" * 900: deep, "b": [deep["b"] if isinstance(deep, dict) else deep]}
    for value in (["\0" * 9000] * 90, deep, {"data": [{"a": ["é" * 900] * 20}] * 200}):
        exchange = replace(created(), response=Response(200, (), json.dumps(value).encode()))
        assert len(outlined(exchange).response.body) <= KEPT_AT_MOST  # type: ignore[union-attr]  # it has one
    small = created()
    assert outlined(small) is small


@pytest.mark.parametrize("value", ["[]", "{}", "1", '{"a":1}'])
def test_response_of_too_many_values_is_not_read(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They would take a hundred times the memory of their text; commas within texts count for nothing."""
    monkeypatch.setattr(client, "VALUES_AT_MOST", 500)
    many = f'{{"data": [{",".join([value] * 500)}]}}'.encode()
    texts = json.dumps({"data": [], "meta": {"padding": f',[{{\\"{value}' * 500}}).encode()
    for body, trouble in ((many, "answer of over 500 JSON values"), (texts, "")):
        transport = httpx.MockTransport(lambda _, body=body: httpx.Response(200, stream=httpx.ByteStream(body)))
        with closing(client.Client("http://127.0.0.1/api", token=None, transport=transport)) as opened:
            exchange, _ = opened.send("GET", "/exports", expectation=Expectation("case", "list"))
        assert exchange.trouble == trouble
        assert (exchange.response is None) is bool(trouble)


def test_large_response_is_judged_whole(shared: Open, tmp_path: Path) -> None:
    """What is wrong lies behind the part that is kept."""

    def wrong(_: ServerRequest, response: ServerResponse) -> ServerResponse:
        def edit(document: Any) -> None:
            data = document.pop("data", None)
            document["meta"] = {"padding": "x" * LARGE}
            if data:
                data["attributes"]["resource_type"] = "orders"
                document["data"] = data

        return response.edited(edit)

    organisation = shared(bent("create", wrong))
    assert organisation.run(tmp_path, "--hypothesis-profile", "smoke") == 1
    assert organisation.left == []
    requirements = json.loads((tmp_path / "result.json").read_text())["requirements"]
    assert "create-echoes-resource-type" in {each["id"] for each in requirements if each["verdict"] == "violated"}


def test_many_large_bodies_are_kept_in_small_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "KEPT_IN_ALL", 2 * KEPT_AT_MOST)
    run = runs.Run(tmp_path, "main", edition="auto", confirms=False, fail_on="violates")
    for number in range(5):
        run.note(replace(_large(), id=f"main-{number}"))
    run.journal.close()
    kept = [from_json(line["exchange"]).response for line in read_journal(tmp_path)]
    assert [len(each.body) for each in kept if each] == [KEPT_AT_MOST] * 2 + [runs.KEPT_OF_OTHERS] * 3
