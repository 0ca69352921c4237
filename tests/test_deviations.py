"""Known deviations are waived while they last; stale, expired and malformed ones are reported."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from exports_conformance.cli.main import main
from exports_conformance.results.evidence import Evidence
from exports_conformance.results.verdicts import Deviation, DeviationError, decide, deviation_outcomes, read_deviations
from tests.mutants import MUTANTS
from tests.suite_runs import Result, conformance, reference, violated

TODAY = date(2026, 6, 1)
EXAMPLE = Path(__file__).parent.parent / "deviations" / "commercelayer.toml"
GOOD = {
    "requirement": '"create-echoes-metadata"',
    "owner": '"me@example.com"',
    "reason": '"metadata is lost"',
    "since": "2026-01-01",
    "until": "2099-12-31",
    "ticket": '"T-1"',
}
Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Write deviations, each the good one with some changes; None leaves a member out."""

    def write(*entries: dict[str, str | None]) -> Path:
        texts = []
        for changes in entries:
            members = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
            texts.append("[[deviations]]\n" + "".join(f"{name} = {value}\n" for name, value in members.items()))
        file = tmp_path / "known.toml"
        file.write_text("\n".join(texts))
        return file

    return write


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ([{"owner": None}], "deviation 1: owner: Field required"),
        ([{"owner": '" "'}], "owner is empty"),
        ([{"requirement": '"create-echoes-metadat"'}], "did you mean create-echoes-metadata?"),
        ([{"requirement": '"nothing-like-it"'}], "is not in contract/requirements.toml"),
        ([{"until": "2026-05-31"}], "expired on 2026-05-31; fix the violation, or have me@example.com extend `until`"),
        ([{"since": "2026-06-02"}], "begins on 2026-06-02"),
        ([{"since": "2026-05-01", "until": "2026-04-01"}], "is before since"),
        ([{"since": '"2026-01-01"'}], "since: "),
        ([{"witness": "7"}], "witness: "),
        ([{"case": "[]"}], "case: "),
        ([{"colour": '"red"'}], "colour: "),
        ([{}, {}], "deviation 2: create-echoes-metadata has an earlier entry"),
    ],
)
def test_bad_deviation_is_one_line(entries: list[dict[str, str | None]], says: str, written: Written) -> None:
    with pytest.raises(DeviationError) as raised:
        read_deviations(written(*entries), today=TODAY)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)
    assert "known.toml" in str(raised.value)


@pytest.mark.parametrize(
    "text", ["", "deviations = 7", "deviations = [7]", "[[deviation]]", "]", "[[deviations]]\na.b=1"]
)
def test_file_of_something_else_is_one_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "known.toml").write_text(text)
    with pytest.raises(DeviationError, match=r"known\.toml: [^\n]+$"):
        read_deviations(tmp_path / "known.toml", today=TODAY)


def test_deviations_that_cannot_be_used_end_a_run_before_it_begins(
    tmp_path: Path, written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in (tmp_path / "missing.toml", written({"until": "2026-01-02"})):
        assert main(["-q", "--deviations", str(file), "--report-dir", str(tmp_path / "report")]) == 4
        assert file.name in capsys.readouterr().err
    assert not (tmp_path / "report").exists()


def _result(tmp_path: Path, file: Path, *options: str, mutant: str = "metadata-lost") -> Result:
    app = reference(middlewares=[MUTANTS[mutant].middleware] if mutant else [])
    return conformance(app, tmp_path / "report", "--deviations", str(file), *options)


def test_known_violation_is_waived(tmp_path: Path, written: Written) -> None:
    result = _result(tmp_path, written({}), "--hypothesis-profile", "smoke")
    verdicts = {each["id"]: (each["verdict"], each["reason"]) for each in result["requirements"]}
    assert verdicts["create-echoes-metadata"] == (
        "waived",
        "metadata is lost (T-1, me@example.com, until 2099-12-31)",
    )
    assert (result["verdict"], violated(result)) == ("partial", {})
    assert [each["state"] for each in result["deviations"]] == ["waived"]


def test_violation_elsewhere_than_at_the_witness_is_not_waived(tmp_path: Path, written: Written) -> None:
    result = _result(tmp_path, written({"witness": '"/data/id"'}), "--hypothesis-profile", "smoke")
    assert (result["verdict"], set(violated(result))) == ("violates", {"create-echoes-metadata"})
    assert [each["state"] for each in result["deviations"]] == ["stale"]


def test_deviation_that_no_longer_deviates_is_stale_and_red(
    tmp_path: Path, written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["-q", "--hypothesis-profile", "smoke", "--report-dir", str(tmp_path / "report")]
    assert main([*options, "--deviations", str(written({}))]) == 1
    assert "the deviation of create-echoes-metadata is stale" in capsys.readouterr().out


def test_deviation_that_was_not_tested_is_not_reported(tmp_path: Path, written: Written) -> None:
    file = written({"requirement": '"update-takes"'})
    result = _result(tmp_path, file, "--hypothesis-profile", "smoke", mutant="")
    assert ([each["state"] for each in result["deviations"]], violated(result)) == (["not asked"], {})
    assert not any("stale" in reason for reason in result["reasons"])


ELSEWHERE = ("creation/x", "/data/id")
HERE = ("creation/complete-skus", "/data/attributes/metadata")


@pytest.mark.parametrize(
    ("narrowed", "broken", "asked", "state", "verdict"),
    [
        ({}, [HERE], [HERE], "waived", "waived"),
        ({}, [HERE, ELSEWHERE], [HERE], "waived", "waived"),
        ({}, [], [HERE], "stale", "verified"),
        ({}, [], [], "not asked", "verified"),
        ({"case": HERE[0]}, [HERE], [HERE], "waived", "waived"),
        ({"case": HERE[0], "witness": HERE[1]}, [HERE], [HERE], "waived", "waived"),
        ({"case": HERE[0], "witness": "/data/attributes"}, [HERE], [HERE], "waived", "waived"),
        ({"case": HERE[0], "witness": "/data/attributes/meta"}, [HERE], [HERE], "stale", "violated"),
        ({"case": HERE[0]}, [HERE, ELSEWHERE], [HERE], "waived", "violated"),
        ({"case": HERE[0]}, [ELSEWHERE], [HERE, ELSEWHERE], "stale", "violated"),
        ({"case": HERE[0]}, [ELSEWHERE], [ELSEWHERE], "not asked", "violated"),
        ({"case": HERE[0]}, [], [ELSEWHERE], "not asked", "verified"),  # as where smoke asks less than quick
    ],
)
def test_deviation_is_tested_by_its_own_case(
    narrowed: dict[str, str], broken: list[tuple[str, str]], asked: list[tuple[str, str]], state: str, verdict: str
) -> None:
    known = Deviation("answer-id", "me", "why", TODAY, TODAY, "T-1", **narrowed)
    seen = Evidence(
        exchanges=len(asked), violations=len(broken), broken_at={*broken}, judged_cases={case for case, _ in asked}
    )
    (deviation,) = deviation_outcomes({"answer-id": seen}, [known])
    assert deviation["state"] == state
    evidence = {"answer-id": replace(seen, exchanges=max(len(asked), 1))}
    assert decide(evidence, edition="page", deviations=[known])["answer-id"].verdict == verdict


@pytest.mark.parametrize(("case", "code"), [("creation/complete-skus", 1), ("creation/pairs-01", 0)])
def test_deviation_of_a_case_that_smoke_does_not_send_is_not_stale(
    case: str, code: int, tmp_path: Path, written: Written
) -> None:
    options = ["-q", "--hypothesis-profile", "smoke", "--report-dir", str(tmp_path / "report")]
    assert main([*options, "--deviations", str(written({"case": f'"{case}"'}))]) == code


def test_recorded_404_is_the_example(tmp_path: Path) -> None:
    app = reference(variants=["recorded-404"])
    result = conformance(app, tmp_path, "--deviations", str(EXAMPLE), "--fail-on", "advice")
    assert (result["verdict"], violated(result)) == ("conforms", {})
    assert [each["state"] for each in result["deviations"]] == ["waived"]
