"""No variant of the reference is reported as a violation, and each is judged to the end."""

from pathlib import Path

import pytest

from exports_conformance.cli.run import run
from exports_conformance.contract.requirements import requirements
from exports_conformance.reference.variants import VARIANTS
from tests.mutants import MUTANTS
from tests.suite_runs import QUIET, SPARED, Asks, claim, judged, reference, result_of, stepping, violated

WAITS = {"documented-limits", "one-500"}
"""Variants for live runs only, which pace themselves and confirm; see test_realistic.py."""

FASTER = 50
"""The time scale, so that lags and latencies do not slow the tests down."""


NEVER_ENDS = {"never-completes-soon"}
"""Variants whose exports take longer than a run waits, so that the end of an export is not verified."""

RAILS = {name for name in VARIANTS if name.startswith("rails")}
"""Variants that answer as the vendor's framework does, advice or not."""

FILES = {"blanks-omitted", "coarse-links", "dry-data-with-related-ids"}
"""Variants that differ in the files of exports and their addresses only."""

DEVIATES = {"recorded-404", *RAILS}
"""Variants that go against advice; see test_deviations.py."""


@pytest.mark.parametrize("variant", sorted(set(VARIANTS) - WAITS - NEVER_ENDS - DEVIATES - FILES))
def test_variant_conforms(variant: str, tmp_path: Path) -> None:
    result = judged(reference(variants=[variant], time_scale=FASTER), tmp_path)
    assert violated(result) == {}
    assert (result["verdict"], result["reasons"], result["errors"]) == ("conforms", [], [])
    assert result["counts"]["left"] == 0
    assert result["counts"]["duplicates"] == 0


@pytest.mark.parametrize("variant", sorted(FILES))
def test_freedom_in_files_conforms(variant: str, tmp_path: Path) -> None:
    result = judged(stepping(variants=[variant]), tmp_path, "-k", "test_file")
    assert violated(result) == {}
    of_files = {name for name, each in requirements().items() if each.topic == "file"} | {"attachment-fresh"}
    of_files.discard("file-includes-deep")  # only thorough sends it
    verdicts = {each["id"]: each["verdict"] for each in result["requirements"]}
    assert {name for name in of_files if verdicts[name] != "verified"} == set()
    assert result["counts"]["left"] == 0


@pytest.mark.parametrize("variant", ["file-lags", "unlocks-late"])
def test_lag_of_a_second_is_waited_for(variant: str, tmp_path: Path) -> None:
    result = judged(reference(variants=[variant]), tmp_path, "-k", "test_file or test_control")
    assert violated(result) == {}
    assert result["counts"]["left"] == 0


@pytest.mark.parametrize("variant", sorted(NEVER_ENDS))
def test_export_that_does_not_end_is_unverified(variant: str, tmp_path: Path) -> None:
    result = judged(reference(variants=[variant]), tmp_path)
    assert violated(result) == {}
    assert result["verdict"] == "partial"
    unverified = {each["id"] for each in result["requirements"] if each["verdict"] == "unverified"}
    ends = {name for name, each in requirements().items() if each.topic == "file"}
    assert ends < unverified
    assert result["counts"]["left"] == 0


@pytest.mark.parametrize("variant", sorted(DEVIATES - RAILS))
def test_variant_that_goes_against_advice_breaks_no_promise(variant: str, tmp_path: Path) -> None:
    result = judged(reference(variants=[variant]), tmp_path, "-k", "test_undocumented_method or test_control")
    assert violated(result) == dict.fromkeys(VARIANTS[variant].advice, "advice")
    assert result["verdict"] == "partial"  # since not everything was asked


@pytest.mark.parametrize("variant", sorted(RAILS))
def test_framework_of_the_vendor_breaks_no_promise(variant: str, tmp_path: Path) -> None:
    """Quick shows the advice that docs/variants.md lists, and nothing else.

    Where no value is checked, exports take seconds: the clean-up interrupts them, and is shown once more what was sent.
    """
    pace = ["slow"] if variant == "rails-unchecked" else []
    result = judged(stepping(variants=[variant, *pace]), tmp_path)
    assert violated(result) == dict.fromkeys(VARIANTS[variant].advice, "advice")
    assert (result["verdict"], result["errors"], result["counts"]["left"]) == ("conforms", [], 0)


DRAWN = "test_flawed_body or test_schemathesis"
"""The tests of thorough whose requests differ most from those of quick: values of flaws, and bodies of Schemathesis."""


@pytest.mark.parametrize(("variant", "asked"), [("rails", ""), ("rails-unchecked", DRAWN)])
def test_framework_of_the_vendor_breaks_no_promise_in_thorough(variant: str, asked: str, tmp_path: Path) -> None:
    """Thorough shows the same advice as quick; `make kill-matrix` runs it against every such variant."""
    result = judged(stepping(variants=[variant]), tmp_path, "--hypothesis-profile", "thorough", "-k", asked)
    assert violated(result) == dict.fromkeys(VARIANTS[variant].advice, "advice")
    assert (result["errors"], result["counts"]["left"]) == ([], 0)
    assert result["verdict"] == ("partial" if asked else "conforms")  # since not everything was sent


CRASHES = {
    "type-not-string": "request-type-string",
    "attributes-null": "request-attributes-shape",
    "relationships-null": "request-relationships-shape",
    "text-with-nul": "text-nul",
}
"""Flaws that no client has by accident, and the advice that the framework goes against when it crashes on them."""


@pytest.mark.parametrize(("options", "code"), [((), 0), (("--fail-on", "advice"), 1)])
def test_crashes_over_what_no_client_sends_fail_a_run_if_advice_is_to(
    options: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    claim(tmp_path)
    words = [*QUIET, *SPARED, "--report-dir", str(tmp_path), "-k", " or ".join(CRASHES), *options]
    assert run(words, plugins=[Asks(stepping(variants=["rails"]))]) == code
    assert violated(result_of(tmp_path)) == dict.fromkeys(CRASHES.values(), "advice")


@pytest.mark.parametrize(("pace", "verdict"), [((), "not seen"), (("slow",), "verified")])
def test_interruption_is_not_judged_if_the_export_completes_first(
    pace: tuple[str, ...], verdict: str, tmp_path: Path
) -> None:
    result = judged(reference(variants=["stops-late", *pace]), tmp_path, "-k", "test_control")
    assert violated(result) == {}
    verdicts = {each["id"]: each["verdict"] for each in result["requirements"]}
    assert verdicts["interrupt-stops"] == verdict
    assert result["counts"]["left"] == 0


def test_variants_conform_together(tmp_path: Path) -> None:
    together = ["links-elsewhere", "charset", "offsets", "more-members", "key-order", "nulls-for-empty", "other-ids"]
    assert violated(judged(reference(variants=together), tmp_path)) == {}


def test_first_export_decides_the_edition(tmp_path: Path) -> None:
    result = judged(reference(variants=["edition-7-10"]), tmp_path)
    assert result["endpoint"]["edition"] == "7.10"
    assert "jwt_filters" in result["endpoint"]["edition_because"]


def test_first_export_decides_the_edition_whatever_its_status_code(tmp_path: Path) -> None:
    middlewares = [MUTANTS["answers-200"].middleware]
    result = judged(reference(middlewares=middlewares, variants=["edition-7-10"]), tmp_path)
    assert result["endpoint"]["edition"] == "7.10"
    assert violated(result) == {"create-status-201": "promise"}


def test_edition_can_be_fixed(tmp_path: Path) -> None:
    result = judged(reference(variants=["edition-7-10"]), tmp_path, "--edition", "page")
    assert violated(result) == {"relationship-versions": "promise"}
