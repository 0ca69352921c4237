"""The fixture for other projects works as docs/variants.md describes it."""

from pathlib import Path

import pytest

from exports_conformance.reference.variants import VARIANTS
from tests.proof.catalogue import CONFTEST, EXAMPLE, rendered

pytest_plugins = ["pytester"]

PAGE = Path(__file__).parent.parent / "docs" / "variants.md"


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """Return a project of another team, with strict markers."""
    pytester.makepyprojecttoml('[tool.pytest]\nstrict = true\naddopts = ["-p", "no:schemathesis"]\n')
    pytester.makeconftest(CONFTEST)
    return pytester


def test_page_is_made_of_the_summaries() -> None:
    assert PAGE.read_text(encoding="utf-8") == rendered(), "run `make variants-page` and commit what it writes"


def test_at_least_thirty_variants_are_documented() -> None:
    assert len(VARIANTS) >= 30
    assert [name for name, each in VARIANTS.items() if not each.summary] == []


def test_documented_example_passes(project: pytest.Pytester) -> None:
    project.makepyfile(EXAMPLE)
    project.runpytest_inprocess().assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("marked", "message"),
    [
        ("'nulls'", '*there is no variant "nulls"; use one of *nulls-for-empty*'),
        ("edition='7.11'", '*there is no edition "7.11"; use one of page, 7.10'),
    ],
)
def test_unknown_name_fails_in_one_line(project: pytest.Pytester, marked: str, message: str) -> None:
    project.makepyfile(
        f"import pytest\n\n@pytest.mark.exports_reference({marked})\ndef test_it(exports_reference): ..."
    )
    result = project.runpytest_inprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])


def test_marker_takes_the_settings_of_the_reference(project: pytest.Pytester) -> None:
    project.makepyfile(
        "import pytest\n\n@pytest.mark.exports_reference(token='mine', edition='7.10')\n"
        "def test_it(exports_reference):\n"
        "    assert exports_reference.access_token == 'mine'\n"
        "    assert exports_reference.reference.policy.edition == '7.10'\n"
        "    assert exports_reference.api_endpoint.startswith('http://127.0.0.1:')\n"
    )
    project.runpytest_inprocess().assert_outcomes(passed=1)
