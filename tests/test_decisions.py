"""The decisions have an index with titles and dates, and the code they explain names them."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "decisions"
DECISIONS = sorted(FOLDER.glob("[0-9]*.md"))


def test_index_has_each_decision_with_its_title_and_date() -> None:
    rows = re.findall(
        r"^\| (\d+) \| \[(.+?)\]\((.+?)\) \| (.+?) \|$", (FOLDER / "README.md").read_text("utf-8"), re.MULTILINE
    )
    expected = []
    for file in DECISIONS:
        title, _, date = file.read_text("utf-8").splitlines()[:3]
        number, _, words = title.removeprefix("# ").partition(". ")
        expected.append((number, words, file.name, date))
    assert rows == expected


def test_code_names_each_decision_and_no_other() -> None:
    found = subprocess.run(
        ["git", "grep", "-hoE", r"docs/decisions/[0-9][^ ]+\.md", "--", "*.py", "*.css", "*.toml", "Makefile"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    named, kept = {Path(name).name for name in found.stdout.split()}, {file.name for file in DECISIONS}
    assert sorted(named - kept) == [], "the code names decisions that do not exist"
    assert sorted(kept - named) == [], "name these decisions in a docstring of the code they explain"
