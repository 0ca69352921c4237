"""The man in the middle: runs believe that they speak to the vendor, and the guards away from loopback are on."""

import json
import os
from pathlib import Path
from unittest import mock

import pytest

from exports_conformance.client.guards import RequestBlockedError
from exports_conformance.client.opening import open_live
from exports_conformance.exchange.model import Expectation
from tests.attacks.organisation import BASE_URL, FOREIGN, HOST, Open


def test_run_believes_that_it_speaks_to_the_vendor(shared: Open, tmp_path: Path) -> None:
    """A smoke run conforms, leaves nothing, and every request names the vendor's host."""
    organisation = shared()
    assert organisation.run(tmp_path, "--hypothesis-profile", "smoke") == 0
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["endpoint"]["base_url"] == BASE_URL
    assert (result["counts"]["created"], result["counts"]["deleted"]) == (1, len(organisation.sent("delete")))
    assert {asked.base_url for asked in organisation.requests} == {f"https://{HOST}"}
    assert organisation.left == []


def test_guards_away_from_loopback_are_on(shared: Open) -> None:
    """A DELETE of what this run did not create is not sent."""
    organisation = shared()
    expectation = Expectation(case="attack", operation="delete")
    with mock.patch.dict(os.environ, organisation.env), open_live() as endpoint:
        with pytest.raises(RequestBlockedError, match="not known to be an export of this run"):
            endpoint.client.send("DELETE", f"/exports/{FOREIGN}", expectation=expectation)
        exchange, _ = endpoint.client.send("GET", f"/exports/{FOREIGN}", expectation=expectation)
    assert exchange.status == 200
    assert len(organisation.requests) == 1


def test_touching_a_foreign_export_is_noticed(shared: Open) -> None:
    """The assertion that ends every attack fails where an export of others is not as it was, or was aimed at."""
    organisation = shared()
    kept = organisation.reference.organisation.exports.pop(FOREIGN)
    with pytest.raises(AssertionError, match="foreign exports were touched"):
        organisation.assert_foreign_exports_are_untouched()
    organisation.reference.organisation.keep(kept)
    organisation.assert_foreign_exports_are_untouched()
