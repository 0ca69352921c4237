"""Anonymity: with `--anonymise` no artefact of a run names the organisation, and everything is judged as before."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from exports_conformance.cli.main import main
from exports_conformance.client import opening
from exports_conformance.client.foreign import IDS_AT_MOST
from exports_conformance.client.opening import open_live
from exports_conformance.client.redaction import Redactor
from exports_conformance.exchange.model import Request, Response
from exports_conformance.exchange.tags import PLACEHOLDER
from exports_conformance.reference.app import Reference
from exports_conformance.reference.organisation import Organisation
from exports_conformance.reference.server import serving
from exports_conformance.results.journal import Journal
from exports_conformance.strategies.bodies import enveloped
from exports_conformance.suites.expectations import creation
from tests.suite_runs import conformance, reference
from tests.test_runs import ACCESS, ENDPOINT

HOST = "canary-shop.commercelayer.io"
ID = "CanaryXyzQ"


def _kept(text: str, **known: Any) -> str:
    """Return a text as redacted by a run that knows the organisation."""
    redactor = Redactor(anonymises=True)
    redactor.learn_organisation(**known)
    return redactor.response(Response(200, (), text.encode()), Request("POST", "/exports")).body.decode()


def _claims(slug: str) -> dict[str, Any]:
    return {"claims": {"organization": {"slug": slug, "id": ID}}}


def test_no_artefact_of_a_run_names_the_organisation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "IN_PROCESS", f"https://{HOST}/api")
    app = Reference(organisation=Organisation(slug="canary-shop", organisation_id=ID))
    result = conformance(app, tmp_path, "--anonymise", "--record", str(tmp_path / "run.har"), token=app.token)
    assert result["verdict"] == "partial"
    promises = [each for each in result["requirements"] if each["weight"] == "promise"]
    unverified = {each["topic"] for each in promises if each["verdict"] == "unverified"}
    assert unverified == {"file"}  # which lies on a host that is nowhere
    assert result["endpoint"]["base_url"].endswith(".commercelayer.io/api")
    assert "--anonymise" in result["repeat"]
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {file.suffix for file in files} >= {".json", ".html", ".jsonl", ".har", ".xml", ".md"}
    for file in files:
        assert "canary" not in file.read_text(encoding="utf-8").lower(), file


def test_organisation_of_a_name_that_the_api_uses_is_judged_as_before(tmp_path: Path) -> None:
    app = Reference(organisation=Organisation(slug="reference", organisation_id="attributes"))
    result = conformance(app, tmp_path, "--anonymise", "--hypothesis-profile", "smoke", token=app.token)
    assert [each["id"] for each in result["requirements"] if each["verdict"] == "violated"] == []


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (f"https://{HOST}/api/exports/AAAAAAAAAA", {"url": f"https://{HOST}/api"}),
        (f"HTTPS://{HOST.upper()}/api", {"url": f"https://{HOST}/api"}),
        ("cl-canary-shop-exports.s3.amazonaws.com", {"url": f"https://{HOST}/api"}),
        ("https://api.canary.example/x", {"url": "https://api.canary.example/api"}),
        ('{"detail": "canary-shop has no such export"}', _claims("canary-shop")),
        ('{"detail": "\\u0063anary-shop"}', _claims("canary-shop")),
        (f'{{"detail": "{ID}"}}', _claims("canary-shop")),
        ('{"data": {"meta": {"organization_id": "CanaryAbcD"}}, "errors": "CanaryAbcD"}', {}),
    ],
)
def test_names_of_the_organisation_have_pseudonyms(text: str, known: dict[str, Any]) -> None:
    kept = _kept(text, **known)
    assert "canary" not in kept.lower()
    assert len(kept) <= len(text)
    assert _kept("canary-shop, customers", url="https://127.0.0.1/api") == "canary-shop, customers"


def test_pseudonym_is_the_same_in_a_run_and_of_the_same_shape() -> None:
    kept = _kept(f"{HOST} canary-shop {ID} {ID}", url=f"https://{HOST}/api", **_claims("canary-shop"))
    host, slug, *ids = kept.split()
    assert host == f"{slug}.commercelayer.io"
    assert slug[6] == "-"
    assert slug == slug.lower()
    assert ids[0] == ids[1]
    assert ids[0].isalpha()


@pytest.mark.parametrize("slug", ["a", "x", "7", "ab", "shop"])
def test_pseudonym_is_another_name(slug: str) -> None:
    for _ in range(60):
        kept = _kept(f"https://{slug}.commercelayer.io", url=f"https://{slug}.commercelayer.io/api")
        assert kept != f"https://{slug}.commercelayer.io"


@pytest.mark.parametrize("slug", ["reference", "customer", "ab"])
def test_words_of_the_api_stay_legible(slug: str) -> None:
    text = '{"data": {"attributes": {"reference": "a", "resource_type": "customers"}}, "links": "ab"}'
    assert _kept(text, **_claims(slug)) == text
    address = f"https://{slug}.commercelayer.io/api"
    assert _kept(address, url=address) != address


def test_organisation_with_many_ids_does_not_slow_the_run() -> None:
    ids = [f"Canary{number:04d}" for number in range(10_000)]
    kept = _kept(json.dumps([{"organization_id": each} for each in ids]))
    assert sum(each not in kept for each in ids) == IDS_AT_MOST


def test_recording_is_not_anonymised_when_it_is_replayed(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--endpoint", "recorded", "--recording", "recordings/reference.har", "--anonymise"]
    assert main(words) == 4
    assert "omit it, or use it when recording" in capsys.readouterr().err


def test_anonymised_journal_is_cleaned_at_the_given_endpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = reference()
    with serving(app) as url:
        monkeypatch.setenv(ENDPOINT, f"{url}/api")
        monkeypatch.setenv(ACCESS, app.token)
        with open_live() as endpoint:
            body = enveloped({"resource_type": "skus", "reference": PLACEHOLDER})
            exchange = endpoint.create(body, expectation=creation("left", body))
        created, tag = exchange.data["id"], exchange.expectation.tag
        with closing(Journal(tmp_path / "journal", "main")) as journal:
            journal.write("run", base_url="https://pseudonym.commercelayer.io/api", anonymised=True)
            journal.write("created", id=created, mark=tag)
        assert main(["clean", "--report-dir", str(tmp_path)]) == 0
        assert f"is anonymised; if it is of {url}/api, clean again with --anonymised" in capsys.readouterr().out
        assert list(app.organisation.exports) == [created]
        assert main(["clean", "--report-dir", str(tmp_path), "--anonymised"]) == 0
    assert "removed 1, left 0" in capsys.readouterr().out
    assert not app.organisation.exports
