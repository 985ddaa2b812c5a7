"""What a trial depends on: factors, a cohort that moves with them, and runs that go on."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from immunarium.core import ImmunoError, Row, UnknownNameError
from immunarium.dosing import Regimen
from immunarium.engine.store import StoreError
from immunarium.inference import Sensitivity, SensitivityError, sensitivity
from immunarium.inference.experiment import Experiment, cohort_of
from immunarium.inference.factors import Factor, Factors, given
from immunarium.inference.outputs import outputs
from immunarium.report import dependence
from immunarium.trial import Observable, Target, Trial
from immunarium.trial.ensemble import Interrupted

OVER = "drug.clearance, haemodynamics.pulse = ±30 %, dose = 25..200 %"
PLASMA = "peak of drug.plasma"


@pytest.fixture
def factors(trial: Trial) -> Factors:
    return Factors(cohort_of(trial, 0, 1), trial.arms[0].regimen)


@pytest.fixture
def found(trial: Trial, tmp_path: Path) -> Sensitivity:
    return run(trial, tmp_path / "run")


def run(trial: Trial, folder: Path, **options) -> Sensitivity:
    asked = {"method": "sobol", "over": OVER, "samples": 8, "patients": 12} | options
    return sensitivity(trial, ["response", PLASMA], folder=folder, **asked)


def experiment(trial: Trial, factors: list[Factor], output: str = PLASMA) -> Experiment:
    patients = cohort_of(trial, 12, 1)
    read = outputs((output,), trial, patients.graph, "full")
    return Experiment(trial, trial.arms[0], read, factors, patients)


# ---------------------------------------------------------------------------------------- factors


def test_a_screening_takes_what_patients_differ_in_and_what_is_assumed(factors: Factors) -> None:
    screened = {f.name: f for f in factors.screened()}
    clearance, pulse = screened["drug.clearance"], screened["haemodynamics.pulse"]
    step = 1.6448536 * np.sqrt(np.log1p(0.3**2))
    assert (clearance.low, clearance.high) == pytest.approx((2 * np.exp(-step), 2 * np.exp(step)))
    assert pulse.basis == "±30 %"
    assert screened["lesion_*.growth"].of == ("lesion_1.growth", "lesion_2.growth")
    assert "support.fluids" not in screened  # it is 0, and nobody differs in it


def test_a_share_stays_a_share(factors: Factors) -> None:
    (pulse,) = factors.asked("haemodynamics.pulse = ±90 %")
    assert 0 < pulse.low < pulse.centre < pulse.high < 1


def test_ranges_are_read_in_percent_and_in_units(factors: Factors) -> None:
    percent, units = factors.asked("drug.clearance = 50..200 %, drug.space = 4000..6000 mL")
    assert (percent.low, percent.high) == pytest.approx((1.0, 4.0))
    assert (units.low, units.high) == pytest.approx((4.0, 6.0))
    ends = percent.at(np.array([0.0, 0.5, 1.0]))
    assert ends == pytest.approx([1.0, 2.0, 4.0])


def test_the_regimen_moves_as_data(factors: Factors) -> None:
    interval, doses = factors.asked("interval of pill = 6..12 h, doses of pill = 3..9")
    assert (interval.centre, doses.centre) == (8.0, 9.0)
    changed = given(factors.regimen, {"a": (interval, 6.0), "b": (doses, 3.0)})
    assert "q6h x 3" in str(changed)
    assert str(changed).replace("q6h x 3", "q8h x 9") == str(factors.regimen)
    assert set(doses.at(np.linspace(0, 1, 50))) == set(range(3, 10))


def test_a_number_without_spread_or_range_is_refused(factors: Factors) -> None:
    with pytest.raises(SensitivityError, match=r"pulse has no spread .* '.*pulse = ±30 %'"):
        factors.asked("haemodynamics.pulse")
    assert len(factors.asked("haemodynamics.pulse", within=0.3)) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("drug.clearence", "Did you mean drug.clearance"),
        ("dose of pil", "Did you mean pill"),
        ("drug.clearance = big", "Cannot read the range 'big'"),
        ("drug.clearance = 1..2", "needs a unit: L/h"),
        ("drug.clearance = 3..2 L/h", "the lower first"),
        ("drug.clearance = 1..2 mg", "as a number of"),
        ("interval of pill = 10..30 min", "does not end before the next"),
        ("", "No factor is named"),
    ],
)
def test_a_factor_that_cannot_be_read_is_refused(factors: Factors, text: str, message: str) -> None:
    with pytest.raises(ImmunoError, match=message):
        factors.asked(text)


# ----------------------------------------------------------------------------------- what it does


def test_a_moved_centre_is_the_row_with_that_value(trial: Trial, factors: Factors) -> None:
    (clearance,) = factors.asked("drug.clearance = 1..4 L/h")
    moved, lost = experiment(trial, [clearance])(np.array([[1.0]]))
    row = Row("drug", "clearance", "4", "L/h", None, "", "assumed", "a test", "", "test", 1)
    written = experiment(replace(trial, rows=(row,)), []).as_it_is()
    assert moved[0] == pytest.approx(written)
    assert moved[0] != pytest.approx(experiment(trial, []).as_it_is())
    assert lost.sum() == 0


def test_a_scaled_dose_is_the_regimen_with_that_dose(trial: Trial, factors: Factors) -> None:
    (dose,) = factors.asked("dose of pill = 50..200 %")
    moved, _ = experiment(trial, [dose])(np.array([[1.0]]))
    text = str(trial.arms[0].regimen).replace("0.2 mg/kg", "0.4 mg/kg")
    arm = replace(trial.arms[0], regimen=Regimen.parse(text))
    written = experiment(replace(trial, arms=(arm, *trial.arms[1:])), []).as_it_is()
    assert moved[0] == pytest.approx(written)


def test_samples_do_not_notice_one_another(trial: Trial, factors: Factors) -> None:
    moves = experiment(trial, factors.asked(OVER + ", interval of pill = 6..12 h"))
    unit = np.array([[0.1, 0.9, 0.4, 0.2], [0.8, 0.3, 0.6, 0.7], [0.5, 0.5, 0.5, 0.2]])
    together, _ = moves(unit)
    alone = np.vstack([moves(unit[[i]], workers=2)[0] for i in range(3)])
    assert (together == alone).all()


def test_what_an_output_does_not_depend_on_has_an_index_of_nothing(found: Sensitivity) -> None:
    plasma, response = found.of(PLASMA), found.of("response")
    assert list(plasma.T["haemodynamics.pulse"][["first", "total"]]) == [0.0, 0.0]
    assert plasma.index[0] == "dose of pill"
    assert plasma["total"].iloc[0] > 0.5
    assert response["total"].max() > 0
    assert found.samples.sizes == {"sample": 40, "factor": 3, "output": 2}
    assert len(set(found.samples["y"].to_numpy()[:, 0])) > 1


def test_a_screening_leaves_what_matters_most(trial: Trial, tmp_path: Path) -> None:
    found = sensitivity(trial, [PLASMA], samples=4, patients=4, top=2, folder=tmp_path / "run")
    assert found.screening is not None
    assert {f.name for f in found.factors} == set(found.screening.of(PLASMA).index[:2])
    assert len(found.screening.factors) > 10
    told = found.as_dict()
    assert told["screening"]["method"] == "morris"


def test_the_typical_patient_is_enough_for_a_reading(trial: Trial, tmp_path: Path) -> None:
    found = run(trial, tmp_path / "run", patients=0, method="pawn", samples=60)
    assert found.of(PLASMA).index[0] == "dose of pill"


# ------------------------------------------------------------------------------------- on the disk


def contents(folder: Path) -> dict[str, bytes]:
    files = [f for f in sorted(folder.rglob("*")) if f.is_file() and f.name != "lock"]
    return {str(f.relative_to(folder)): f.read_bytes() for f in files}


def test_a_run_that_was_stopped_goes_on_to_the_same_bytes(
    trial: Trial, found: Sensitivity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[Sensitivity.__module__], "_TOGETHER", 12 * 9)
    whole, calls = Experiment.__call__, []

    def stopped(self, *args):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return whole(self, *args)

    monkeypatch.setattr(Experiment, "__call__", stopped)
    with pytest.raises(Interrupted, match="18 of 40 samples are kept"):
        run(trial, tmp_path / "other", workers=1)
    again = run(trial, tmp_path / "other", workers=2)
    assert len(calls) == 6  # 18 of 40 were not run again
    assert contents(tmp_path / "other") == contents(tmp_path / "run")
    assert again.indices.equals(found.indices)
    run(trial, tmp_path / "other")
    assert len(calls) == 6


def test_another_question_needs_another_folder(trial: Trial, found: Sensitivity) -> None:
    with pytest.raises(StoreError, match="its seed is 1"):
        run(trial, found.folder.parent, seed=2)


# -------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("endpoint", "message"),
    [
        ("respon", "Did you mean response"),
        ("peak of drug.plasm", "Did you mean drug.plasma"),
        ("drug.plasma > 3 furlong", "furlong"),
        ("peak of drug.plasma in kg", "kg"),
        ("value of drug.plasma", "at a time"),
    ],
)
def test_an_endpoint_that_nobody_knows_is_refused(
    trial: Trial, tmp_path: Path, endpoint: str, message: str
) -> None:
    with pytest.raises(ImmunoError, match=message):
        sensitivity(trial, [endpoint], over=OVER, samples=4, patients=4, folder=tmp_path / "x")


def test_an_unknown_arm_is_refused(trial: Trial) -> None:
    with pytest.raises(ImmunoError, match="has no arm 'ful'"):
        sensitivity(trial, arm="ful")


def test_a_target_is_read_in_its_own_arm_and_one_of_two_arms_in_none(
    trial: Trial, tmp_path: Path
) -> None:
    one = Target(
        "T", "peak", "none", Observable("median", "peak", "drug.plasma"), 1.0, "mg/L", "memory",
        "report", "invented",
    )  # fmt: skip
    both = replace(one, id="both", against="full")
    asked = replace(trial, targets=(one, both))
    got = sensitivity(
        asked, ["T"], over="drug.clearance", samples=4, patients=2, folder=tmp_path / "x"
    )
    assert got.arm == "none"
    assert (got.samples["y"] == 0).all()
    with pytest.raises(SensitivityError, match="of the arm 'none', and 'full' is followed"):
        sensitivity(asked, ["T"], arm="full")
    with pytest.raises(SensitivityError, match="two arms, 'none' and 'full'"):
        sensitivity(asked, ["both"])


def test_a_regimen_without_a_drug_has_no_dose_to_move(trial: Trial) -> None:
    with pytest.raises(SensitivityError, match="gives no drug"):
        sensitivity(trial, arm="none", over="dose")


def test_an_arm_that_nothing_changes_has_nothing_to_choose(trial: Trial, tmp_path: Path) -> None:
    with pytest.raises(SensitivityError, match="moved an output in the screening"):
        sensitivity(trial, [PLASMA], arm="none", samples=4, patients=2, folder=tmp_path / "x")


def test_an_unknown_number_is_known_by_its_neighbours(factors: Factors) -> None:
    with pytest.raises(UnknownNameError, match="lesion_1"):
        factors.asked("lesion_1.grow")


# ---------------------------------------------------------------------------------------- its page


def test_the_page_needs_nothing_else(found: Sensitivity, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    dependence.write(found, "immunarium sensitivity tiny", page)
    text = page.read_text(encoding="utf-8")
    assert text.count("<svg") >= 4
    assert "drug.clearance" in text
    assert "src=" not in text
    assert "<link" not in text
    assert dependence.answer(found).count("depends most on") == 2


def test_a_screening_has_a_page_of_its_own(trial: Trial, tmp_path: Path) -> None:
    found = run(trial, tmp_path / "run", method="morris", samples=2)
    page = tmp_path / "page.html"
    dependence.write(found, "immunarium sensitivity tiny", page)
    assert "Elementary effects" in page.read_text(encoding="utf-8")
