"""A journal may come from anybody: `clean` deletes only what shows the tag that the journal names."""

import json
from pathlib import Path

import pytest

from tests.attacks.organisation import FOREIGN, FOREIGN_DONE, HOST, Open


def test_clean_deletes_nothing_that_only_a_journal_names(
    shared: Open, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    organisation = shared()
    (tmp_path / "journal").mkdir()
    lines = [
        {"line": "run", "base_url": f"https://{HOST}/api", "mode": "test"},
        {"line": "intended", "mark": "exports-conformance-00000000-00001", "case": "forged"},
        {"line": "created", "id": FOREIGN, "mark": "exports-conformance-00000000-00001"},
        {"line": "created", "id": FOREIGN_DONE, "mark": ""},
    ]
    (tmp_path / "journal" / "main.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    organisation.command("clean", "--report-dir", str(tmp_path))
    assert "removed 0" in capfd.readouterr().out
    organisation.assert_foreign_exports_are_untouched()
