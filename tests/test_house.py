"""The house rules of names: one public name has one meaning, and a search finds every requirement id."""

import re
from pathlib import Path

import pytest

from tests import house
from tests.test_layering import ALLOWED


def test_public_name_has_one_meaning() -> None:
    assert house.collisions() == {}


def test_every_requirement_id_is_found_by_a_search() -> None:
    assert house.not_literal() == []


def test_every_module_is_on_the_map_of_its_package() -> None:
    assert house.unmapped() == []


def test_module_that_its_map_lacks_is_found_out(root: Path) -> None:
    _write(root / "run" / "__init__.py", '"""A folder: `known` and `run.dotted`."""\n')
    for name in ("known", "dotted", "lost", "test_own"):
        _write(root / "run" / f"{name}.py", "")
    assert house.unmapped(root) == ["rules/one.py", "run/lost.py"]


def test_every_silenced_rule_has_its_reason() -> None:
    assert house.unexplained() == []


def test_rule_that_is_silenced_without_a_reason_is_found_out(root: Path) -> None:
    silent = "# " + "noqa"
    _write(root / "run" / "two.py", f"a = 1  {silent}: E501, S101\nb = 1  {silent}\nc = 1  {silent}: E501  long\n")
    assert house.unexplained(root) == ["run/two.py:1", "run/two.py:2"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A house with a module in every folder, and three requirements."""
    for folder in ALLOWED:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").write_text('"""A folder."""\n', encoding="utf-8")
    requirements = "[is-written]\n[is-built]\n[is-all-data]\nshape = 'text'\n"
    (tmp_path / "contract" / "requirements.toml").write_text(requirements, encoding="utf-8")
    (tmp_path / "rules" / "one.py").write_text('RULES = ("is-written", f"is-{__name__}")\n_OWN = 1\n', encoding="utf-8")
    return tmp_path


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


def test_id_that_is_built_is_found_out(root: Path) -> None:
    assert house.not_literal(root) == ["is-built"]


def test_name_in_two_modules_is_found_out_unless_it_is_private_or_a_hook_or_a_program_s_own(root: Path) -> None:
    text = "RULES = 1\n_OWN = 2\ndef pytest_configure() -> None: ...\n"
    _write(root / "upgrade" / "two.py", text)
    (root / "reports" / "recipes").mkdir()
    _write(root / "reports" / "recipes" / "three.py", text)
    _write(root / "run" / "plugin.py", "def pytest_configure() -> None: ...\n")
    assert house.collisions(root) == {"RULES": ["rules/one.py", "upgrade/two.py"]}


def test_arrows_chain_and_circle_are_read_from_the_imports(root: Path) -> None:
    _write(root / "exchange" / "model.py", "import exports_conformance.contract\n")
    later = "from exports_conformance.exchange import model\ndef late() -> None:\n    import exports_conformance.cli\n"
    _write(root / "client" / "endpoint.py", later)
    graph = house.imports(root)
    assert house.arrows(graph) == {("exchange", "contract"): 1, ("client", "exchange"): 1, ("client", "cli"): 1}
    at_once = house.imports(root, at_once=True)
    assert house.longest_chain(at_once) == ["client.endpoint", "exchange.model", "contract"]
    with pytest.raises(ValueError, match=r"a -> b -> a"):
        house.longest_chain({"a": {"b"}, "b": {"a"}})


def test_house_is_printed_with_its_sizes_and_what_is_against_the_layers(root: Path) -> None:
    _write(root / "exchange" / "model.py", "import exports_conformance.client\n")
    printed = list(house.printed(root))
    assert "rules               2       3" in printed
    assert "exchange    -> client        1  AGAINST THE LAYERS" in printed
    assert "  is-built" in printed
    assert printed[-1].strip() == "rules of ruff that are silenced without a reason: 0"


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
    code = [file for suffix in ("py", "css", "toml") for file in ROOT.glob(f"[a-z]*/**/*.{suffix}")]
    texts = [
        file.read_text(encoding="utf-8") for file in (*code, ROOT / "Makefile") if "node_modules" not in file.parts
    ]
    found = [name for text in texts for name in re.findall(r"docs/decisions/[0-9][^ ]+\.md", text)]
    named, kept = {Path(name).name for name in found}, {file.name for file in DECISIONS}
    assert sorted(named - kept) == [], "the code names decisions that do not exist"
    assert sorted(kept - named) == [], "name these decisions in a docstring of the code they explain"
