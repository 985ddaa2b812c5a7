"""Calibration moves numbers for targets that may be fitted, and for no others."""

import json
import math
from dataclasses import replace

import pytest

from immunarium.core import UnknownNameError, evaluate
from immunarium.core.units import factor
from immunarium.inference import (
    CalibrationError,
    Free,
    calibrate,
    calibrations,
    load_calibration,
)
from immunarium.inference.calibrate import FOLDER, Calibration, distance
from immunarium.literature import load_study
from immunarium.population import layered
from immunarium.trial import Score, run_trial


def score(simulated, window=(5.0, 20.0), observed=10.0):
    return Score(
        "X", "x", observed, "%", simulated, (0, 1), window, True, "calibrate", "verified", "s", ""
    )


def test_the_edge_of_a_window_is_one_away_whichever_edge():
    assert distance(score(10.0)) == 0
    assert distance(score(20.0)) == 1
    assert distance(score(5.0)) == 1
    assert distance(score(float("nan"))) > 1


def test_a_plan_that_is_no_toml_is_told_with_its_file(tmp_path, monkeypatch):
    (tmp_path / "mine.toml").write_text("title = 'unfinished", encoding="utf-8")
    monkeypatch.setitem(load_calibration.__globals__, "FOLDER", tmp_path)
    with pytest.raises(CalibrationError, match=r"mine\.toml: .*\(at "):
        load_calibration("mine")


@pytest.mark.parametrize("name", calibrations())
def test_every_calibration_fits_only_what_may_be_fitted(name):
    plan = load_calibration(name)
    for study, ids in plan.targets.items():
        roles = {t.id: t.role for t in load_study(study).targets}
        assert {roles[i] for i in ids} == {"calibrate"}
    assert all(f.low < f.start < f.high for f in plan.free)


@pytest.mark.parametrize("name", calibrations())
def test_every_calibration_has_its_record_and_the_tables_hold_its_values(name):
    record = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert record["objective_end"] <= record["objective_start"]
    plan = load_calibration(name)
    assert set(record["numbers"]) == {f.path for f in plan.free}
    disease = load_study(next(iter(plan.targets))).disease
    first = next(iter(disease.histologies))
    tables = layered(disease, disease.build(), [first])[first]
    for path, value in record["numbers"].items():
        number = tables[path]
        (held,) = evaluate([number.centre], {})
        assert held == pytest.approx(value["end"] * factor(value["unit"], number.unit), rel=1e-3)
        assert number.row.evidence == "fitted"
        assert f"immunarium calibrate {name}" in number.row.source


def test_a_predicted_target_is_refused():
    plan = Calibration("x", "x", 10, 1, 1, {"rosenberg-1985": ("V32",)}, ())
    with pytest.raises(CalibrationError, match="role 'predict'"):
        calibrate(plan, {"rosenberg-1985": load_study("rosenberg-1985")})


def test_an_unknown_target_is_refused():
    plan = Calibration("x", "x", 10, 1, 1, {"konrad-1990": ("V99",)}, ())
    with pytest.raises(CalibrationError, match="has no target 'V99'"):
        calibrate(plan, {"konrad-1990": load_study("konrad-1990")})


def test_an_unknown_calibration_is_refused():
    with pytest.raises(UnknownNameError, match="No calibration is called 'dispositon'"):
        load_calibration("dispositon")


def test_a_fit_moves_a_number_towards_what_was_observed():
    plan = Calibration(
        "test", "test", 16, 1, 8,
        {"konrad-1990": ("V01", "V03")},
        (Free("il2.CL", "L/h", 20.0, 2.0, 40.0),),
    )  # fmt: skip
    trials = {"konrad-1990": load_study("konrad-1990")}
    record = calibrate(plan, trials)
    assert record.objective_end < record.objective_start
    assert record.numbers["il2.CL"]["end"] < 20.0
    assert calibrate(plan, trials).json() == record.json()


def test_what_is_known_without_the_targets_holds_a_number_back():
    free = Free("il2.CL", "L/h", 20.0, 2.0, 40.0)
    known = replace(free, sd=0.02, note="a clearance measured elsewhere")
    plan = Calibration("test", "test", 16, 1, 8, {"konrad-1990": ("V01", "V03")}, (free,))
    trials = {"konrad-1990": load_study("konrad-1990")}
    pulled = calibrate(plan, trials)
    held = calibrate(replace(plan, free=(known,)), trials)
    assert pulled.numbers["il2.CL"]["end"] < held.numbers["il2.CL"]["end"] <= 20.0
    assert held.numbers["il2.CL"]["sd"] == 0.02
    assert "sd" not in pulled.numbers["il2.CL"]


def test_a_prior_is_counted_in_standard_deviations_of_the_logarithm():
    free = Free("x.y", "1", 2.0, 1.0, 8.0, sd=math.log(2))
    assert [free.surprise(v) for v in (1.0, 2.0, 8.0)] == pytest.approx([1.0, 0.0, 4.0])
    assert Free("x.y", "1", 2.0, 1.0, 8.0).surprise(8.0) == 0


def test_a_start_outside_its_bounds_is_refused():
    with pytest.raises(CalibrationError, match=r"x\.y: start 9 from 1 to 8"):
        Free("x.y", "1", 9.0, 1.0, 8.0)


def test_one_evaluation_scores_the_tables_as_they_stand():
    plan = Calibration(
        "test", "test", 16, 1, 8,
        {"konrad-1990": ("V01", "V03")},
        (Free("il2.CL", "L/h", 2.5, 2.0, 40.0),),
    )  # fmt: skip
    trials = {"konrad-1990": load_study("konrad-1990")}
    record = calibrate(plan, trials, evaluations=1)
    konrad = trials["konrad-1990"]
    tables = layered(konrad.disease, konrad.disease.build(), konrad.shares, konrad.rows)
    (held,) = evaluate([next(iter(tables.values()))["il2.CL"].centre], {})
    assert record.evaluations == 1
    assert record.numbers["il2.CL"]["start"] == pytest.approx(held, rel=1e-3)
    assert record.numbers["il2.CL"]["end"] == record.numbers["il2.CL"]["start"]
    scored = run_trial(konrad, pool=16, seed=1, replicates=2, sweep=False).scores
    for s in scored:
        if s.id in record.targets:
            assert record.targets[s.id]["end"] == pytest.approx(s.simulated, rel=1e-4)
