from dataclasses import replace

import pytest

from immunarium.core import ImmunoError
from immunarium.inference import Free, calibrations, leave_one_out, load_calibration
from immunarium.inference.calibrate import Calibration, free_rows
from immunarium.inference.left_out import records, unseen
from immunarium.literature import load_study
from immunarium.population import layered

PLAN = Calibration(
    "test", "test", 12, 1, 3,
    {"konrad-1990": ("V01",), "konrad-1992": ("V26.lag",)},
    (Free("il2.CL", "L/h", 8.0, 2.0, 40.0),),
)  # fmt: skip
TRIALS = {name: load_study(name) for name in PLAN.targets}


@pytest.fixture(scope="module")
def left():
    return leave_one_out(PLAN, TRIALS, only="konrad-1990")


def test_the_trial_left_out_is_predicted_and_the_others_are_fitted(left):
    (predicted,) = left.trials
    assert predicted.study == "konrad-1990"
    scored = {t.id for t in TRIALS["konrad-1990"].targets if t.role != "report" and t.window}
    assert set(predicted.targets) == scored
    assert set(predicted.numbers) == {"il2.CL"}


def test_a_trial_is_inside_only_with_all_its_targets(left):
    (predicted,) = left.trials
    assert predicted.inside == all(t["inside"] for t in predicted.targets.values())


def test_what_was_fitted_to_a_trial_alone_is_taken_off_before_it_is_predicted():
    trial = TRIALS["konrad-1990"]
    rows = [
        replace(free_rows(PLAN, [8.0])[0], evidence=evidence, source=source)
        for evidence, source in (("fitted", "immunarium calibrate test"), ("measured", "pmid:1"))
    ]
    kept = unseen(replace(trial, rows=(*trial.rows, *rows))).rows
    assert [r.evidence for r in kept if r.name == "CL"] == ["measured"]


@pytest.mark.parametrize(
    ("plan", "only", "message"),
    [
        (replace(PLAN, targets={"konrad-1990": ("V01",)}), None, "fitted to one study"),
        (PLAN, "konrad-1993", "not fitted to 'konrad-1993'.*konrad-199"),
    ],
)
def test_what_cannot_be_left_out_is_told(plan, only, message):
    with pytest.raises(ImmunoError, match=message):
        leave_one_out(plan, TRIALS, only=only)


def test_a_trial_that_predicts_nothing_is_refused():
    konrad = TRIALS["konrad-1990"]
    shown = replace(konrad, targets=tuple(replace(t, role="report") for t in konrad.targets))
    trials = {**TRIALS, "konrad-1990": shown}
    with pytest.raises(ImmunoError, match="konrad-1990 has no target with a window"):
        leave_one_out(PLAN, trials, only="konrad-1990", evaluations=1)


def test_a_trial_that_predicts_nothing_is_refused_before_anything_is_fitted():
    second = TRIALS["konrad-1992"]
    shown = replace(
        second, targets=tuple(replace(t, window=None, role="report") for t in second.targets)
    )
    told = []
    with pytest.raises(ImmunoError, match="konrad-1992 has no target with a window"):
        leave_one_out(
            PLAN, {**TRIALS, "konrad-1992": shown}, progress=lambda *said: told.append(said)
        )
    assert not told


@pytest.mark.parametrize("name", sorted(records()))
def test_a_record_of_trials_left_out_is_of_the_calibration_as_it_stands(name):
    record = records()[name]
    assert name in calibrations()
    plan = load_calibration(name)
    assert [t.study for t in record.trials] == list(plan.targets)
    for trial in record.trials:
        assert set(trial.numbers) == {f.path for f in plan.free}
        windows = {t.id: t.window for t in load_study(trial.study).targets}
        for target, told in trial.targets.items():
            low, high = windows[target] or (0.0, 0.0)  # none would be no window of the record
            assert told["window"] == [low, high]
            assert told["inside"] == (low <= told["predicted"] <= high)


@pytest.mark.parametrize("name", sorted(records()))
def test_no_number_stays_that_was_fitted_to_the_trials_by_hand(name):
    plan = load_calibration(name)
    disease = load_study(next(iter(plan.targets))).disease
    first = next(iter(disease.histologies))
    tables = layered(disease, disease.build(), [first])[first]
    own = {f.path.rpartition(".")[0] for f in plan.free}
    free = {f.path for f in plan.free}
    by_hand = [
        path for path, number in tables.items()
        if path.rpartition(".")[0] in own and number.row.evidence == "fitted" and path not in free
    ]  # fmt: skip
    assert by_hand == []
