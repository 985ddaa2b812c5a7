"""The scorecard adds up, keeps roles apart, and one bad study does not hide the others."""

from __future__ import annotations

import importlib
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from immunarium import cli
from immunarium.core import ImmunoError
from immunarium.dosing import Regimen
from immunarium.literature import Scorecard, load_study, studies, validate
from immunarium.literature.applicability import applicability, evidence
from immunarium.literature.credibility import model_risk
from immunarium.literature.scorecard import BY, COLUMNS, records, wilson
from immunarium.literature.study import FOLDER
from immunarium.trial import run_trial, verification

NAME = "konrad-1990"
FEW: dict[str, Any] = {"pool": 8, "replicates": 40}


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library's study under another name, with one target predicted and one not said of."""
    text = (FOLDER / f"{NAME}.toml").read_text(encoding="utf-8")
    before, first, after = text.partition('role = "calibrate"')
    text = before + first.replace("calibrate", "predict") + after
    text = text.replace('layer = "kinetics"', "", 1).replace('document = "001"', "")
    path = tmp_path_factory.mktemp("mine") / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def card(outside: Path) -> Scorecard:
    broken = outside.with_name("broken.toml")
    broken.write_text(f"{outside.read_text(encoding='utf-8')}\n[[targets]]\n", encoding="utf-8")
    return validate([NAME, broken, outside, "nobody-1900", NAME], **FEW)


@pytest.mark.parametrize("by", BY)
def test_the_groups_add_up_to_the_totals(card: Scorecard, by: str) -> None:
    whole = card.totals().iloc[0]
    assert dict(card.totals(by).sum()) == dict(whole)
    assert whole["predicted"] + whole["calibrated"] + whole["shown"] == len(card.scores) == 8


def test_a_study_from_outside_is_scored_as_one_of_the_library(card: Scorecard) -> None:
    mine, theirs = (card.scores[card.scores["study"] == s] for s in ("mine", NAME))
    same = ["id", "n", "observed", "simulated", "error", "low", "high", "inside", "percentile"]
    assert mine[same].reset_index(drop=True).equals(theirs[same].reset_index(drop=True))
    assert len(mine) == 4


def test_calibrated_and_predicted_never_change_place(card: Scorecard) -> None:
    by_study = card.totals("study")[["predicted", "calibrated"]]
    assert list(by_study.loc[NAME]) == [0, 4]
    assert list(by_study.loc["mine"]) == [1, 3]
    covered = card.coverage("study")[["predicted", "calibrated"]]
    assert list(covered.loc["mine"]) == [1, 3]


def test_what_a_file_does_not_state_is_not_stated(card: Scorecard) -> None:
    assert list(card.totals("document").index) == ["001", "not stated"]
    assert card.totals("layer").loc["not stated", "predicted"] == 1


def test_a_source_that_is_calibrated_on_and_predicted_is_flagged(card: Scorecard) -> None:
    (row,) = card.overlaps().to_dict("records")
    assert row["source"] == "pmid:2317789"
    assert row["predicted"] == "V01"
    assert "V03" in row["calibrated"]
    assert card.scores.loc[card.scores["overlap"], "role"].unique() == ["predict"]


def test_problems_are_listed_and_the_others_scored(card: Scorecard) -> None:
    said = {Path(p.study).stem: p.message for p in card.problems}
    assert list(said) == ["broken", "nobody-1900", NAME]
    assert "targets" in said["broken"]
    assert "nobody-1900" in said["nobody-1900"]
    assert "Another study" in said[NAME]
    assert set(card.trials) == {NAME, "mine"}


def test_a_study_that_fails_while_it_runs_loses_nothing_of_the_others(
    outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(trial, **options):
        if trial.name == "mine":
            raise ZeroDivisionError("by nobody")
        return run_trial(trial, **options)

    monkeypatch.setattr(importlib.import_module("immunarium.literature.validate"), "run_trial", run)
    got = validate([outside, NAME], **FEW)
    assert [p.message for p in got.problems] == ["ZeroDivisionError: by nobody"]
    assert len(got.scores) == 4


def test_bad_sizes_are_refused_before_the_work() -> None:
    wrongs: list[dict[str, Any]] = [{"pool": 0}, {"replicates": 0}, {"seed": -1}]
    for wrong in wrongs:
        with pytest.raises(ImmunoError, match="Write at least"):
            validate([NAME], **wrong)


def test_the_json_has_the_keys_that_are_documented(card: Scorecard) -> None:
    got = card.as_dict()
    text = (Path(__file__).parents[2] / "docs" / "scorecard.md").read_text(encoding="utf-8")
    for key in (*got, *COLUMNS, *got["totals"], *got["coverage"], *got["manifest"]):
        assert f"`{key}`" in text, key
    assert list(got["targets"][0]) == list(COLUMNS)
    assert sum(r["predicted"] for r in got["by"]["layer"]) == got["totals"]["predicted"]


def test_the_command_prints_what_it_has_and_ends_with_2(outside: Path) -> None:
    broken = outside.with_name("worse.toml")
    broken.write_text("title = ", encoding="utf-8")
    words = ["validate", str(broken), str(outside), "--pool", "4", "--replicates", "20"]
    got = CliRunner().invoke(cli.app, words)
    assert got.exit_code == 2
    assert "V02.fast" in got.stdout
    assert "0 of 1" in got.stdout or "1 of 1" in got.stdout
    assert "worse.toml" in got.stderr
    assert "Traceback" not in got.output


def test_a_page_of_another_kind_is_refused(tmp_path: Path) -> None:
    got = CliRunner().invoke(cli.app, ["validate", NAME, "--html", str(tmp_path / "page.md")])
    assert got.exit_code == 2
    assert "page.html" in got.stderr


def test_the_interval_of_a_share_is_wilsons() -> None:
    low, high = (x / 100 for x in wilson(9, 10))
    z = 1.6448536269514722
    for p in (low, high):
        assert (0.9 - p) ** 2 == pytest.approx(z * z * p * (1 - p) / 10, rel=1e-9)
    assert wilson(10, 10)[1] == 100
    assert all(map(math.isnan, wilson(0, 0)))


def test_risk_rises_with_influence_and_with_consequence() -> None:
    levels = ("low", "medium", "high")
    table = [[model_risk(i, c) for c in levels] for i in levels]
    assert table == [[1, 2, 3], [2, 3, 4], [3, 4, 5]]
    assert model_risk(None, "low") is None


def test_a_dose_that_nobody_compared_is_beyond_the_compared_ones() -> None:
    study = load_study(NAME)
    more = Regimen.parse("aldesleukin 10e6 IU/m2 IV once")
    ten = replace(study, window={"10e6 IU/m2": more})
    trials = {study.name: ten}
    scores = validate([NAME], pool=4, replicates=10).scores
    table = applicability(NAME, evidence(trials, scores)).set_index("asked")
    assert table.loc["aldesleukin IV", "reading"] == (
        "calibrated only; up to 10 times the most compared"
    )
    assert table.loc["aldesleukin alone", "calibrated"] == 4
    assert table.loc["follow-up", "most"] == 0.5


@pytest.fixture(scope="module")
def checks() -> dict[str, verification.Check]:
    return {c.name: c for c in verification.verify(load_study(NAME))}


def test_the_arithmetic_of_a_study_is_right_to_rounding(checks: dict) -> None:
    assert list(checks) == ["equations", "amounts", "company"]
    assert all(c.passed for c in checks.values())
    assert 0 < checks["equations"].found < 1e-12


def test_doses_that_each_patient_gets_at_times_of_their_own_are_checked_at_those(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan, given = verification.Plan, []

    def kept(**parts):
        given.append([(d.tick, d.tick + d.duration, d.amounts) for d in parts["doses"]])
        return plan(**parts)

    monkeypatch.setattr(verification, "Plan", kept)
    study = load_study("cheng-2026")
    regimen = Regimen.parse("ivig 0.4 g/kg IV once")  # as the label says: by weight, in steps
    own = replace(study, arms=(replace(study.arms[0], regimen=regimen),))
    assert all(c.passed for c in verification.verify(own))
    ends = [max(end for _, end, x in given[0] if x[i] > 0) for i in range(verification.FEW)]
    assert len(set(ends)) > verification.FEW / 3  # and not all when the slowest is done


def test_a_dose_that_went_astray_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    given = verification.Dose

    def short(tick, duration, target, amounts, *rest):
        return given(tick, duration, target, 0.999 * amounts, *rest)

    monkeypatch.setattr(verification, "Dose", short)
    found = {c.name: c for c in verification.verify(load_study(NAME))}
    assert not found["amounts"].passed
    assert found["amounts"].found == pytest.approx(1e-3)


def test_machine_code_that_differs_from_the_equations_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    evaluate = verification.evaluate
    monkeypatch.setattr(
        verification, "evaluate", lambda roots, values: [1.001 * x for x in evaluate(roots, values)]
    )
    found = {c.name: c for c in verification.verify(load_study(NAME))}
    assert not found["equations"].passed


def test_what_is_not_a_number_fails_a_check() -> None:
    assert not verification.Check("x", "", math.nan, 1.0).passed


def test_a_tighter_tolerance_moves_no_target_of_kinetics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "SOME", 16)
    refined = verification.refine(load_study(NAME))
    moved = (refined.targets["hundredth"] - refined.targets["as_run"]).abs()
    assert (moved < 0.01 * refined.targets["width"]).all()
    assert refined.patients["patients"].tolist() == [16, 16]
    assert json.dumps(records(refined.targets))


@pytest.mark.parametrize("name", studies())
def test_every_study_of_the_library_names_its_document_and_layers(name: str) -> None:
    study = load_study(name)
    assert study.document
    assert all(t.layer for t in study.targets)
