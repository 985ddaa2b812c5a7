"""Study files: each can be run, roles are kept apart, and mistakes are pointed at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from immunarium.core import ImmunoError, UnknownNameError
from immunarium.literature import StudyError, load_study, run_study, studies, targets
from immunarium.literature.study import FOLDER
from immunarium.trial import run_trial
from immunarium.trial.bench import Bench

PREDICTED = {"V32", "V34.survival"}
CALIBRATED = {
    "V01", "V02", "V03", "V25", "V26", "V27", "V28", "V29", "V30", "V31", "V33", "V34.response",
}  # fmt: skip


def family(target_id: str, known: set[str]) -> bool:
    return any(target_id == k or target_id.startswith(f"{k}.") for k in known)


@pytest.mark.parametrize("name", studies())
def test_every_rule_and_target_of_a_study_fits_its_disease(name: str) -> None:
    study = load_study(name)
    bench = Bench.of(study, study.disease.build().graph)
    assert len(bench.probes) == len(study.targets) > 0


@pytest.mark.parametrize("name", studies())
def test_every_target_is_sourced_and_known_to_one_study(name: str) -> None:
    study = load_study(name)
    others = {t.id for s in studies() if s != name for t in load_study(s).targets}
    assert study.citation
    for t in study.targets:
        assert t.source
        assert t.id not in others


def test_a_prediction_is_never_calibrated_on() -> None:
    calibrated = {t.id for _, t in targets("calibrate")}
    predicted = {t.id for _, t in targets("predict")}
    assert not calibrated & predicted
    assert not any(family(i, PREDICTED) for i in calibrated)
    assert not any(family(i, CALIBRATED) for i in predicted)
    assert all(any(family(i, {k}) for i in calibrated) for k in CALIBRATED)
    assert all(any(family(i, {k}) for i in predicted) for k in PREDICTED)


@pytest.fixture
def konrad() -> str:
    return (FOLDER / "konrad-1990.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('until = "12 h"', 'untill = "12 h"', "Unknown key 'untill'. Did you mean until"),
        ("observed = 650", "observed = 650\nobservd = 1", "Unknown key 'observd'.*mean observed"),
        ('role = "calibrate"', 'role = "calibrated"', "'calibrated'. Did you mean calibrate"),
        ("window = [500, 845]\n", "", "V01 .*needs a window or a tail"),
        ("window = [500, 845]", "window = [845, 500]", "should rise"),
        ("observed = 650", 'observed = "650"', "should be a number"),
        ('arm = "bolus"', 'arm = "bolas"', "no arm 'bolas'. Did you mean bolus"),
        ('median = "peak"', 'median = "peek"', "Unknown reading 'peek'. Did you mean peak"),
        ('"metastatic_cancer"', '"metastatic_cancre"', "mean metastatic_cancer"),
        ("IV once", "IV onse", "onse"),
        ('["every 10 min to 12 h"]', '["each 10 min to 12 h"]', "Write 'every 4 h to 30 d'"),
        ('until = "12 h"', 'until = "12"', "mine.toml:6: until: Cannot read the time '12'.*of m"),
        ('until = "12 h"', 'until = "12 hh"', "time '12 hh'. Write a number and one of min, h"),
        ("[population]", "[population", "is not TOML"),
        ("n = 12", "n = 0", "population, n: Found 0; write a number above 0"),
    ],
)  # fmt: skip
def test_a_mistake_is_pointed_at(
    konrad: str, tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in konrad
    file = tmp_path / "mine.toml"
    file.write_text(konrad.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ImmunoError, match=message):
        load_study(file)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('of = "il2.plasma"', 'of = "il2.plasm"', "has no 'il2.plasm'. Did you mean il2.plasma"),
        ('assay = "3.994 pmol/L"', "", r"target 1: \[nmol/L\] does not.*assay = '"),
        ("melanoma = 1", "melanome = 1", "has no histology 'melanome'"),
    ],
)
def test_a_name_the_model_does_not_know_is_refused_when_run(
    konrad: str, tmp_path: Path, old: str, new: str, message: str
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(konrad.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ImmunoError, match=message):
        run_study(file, pool=8, replicates=5)


def test_an_unknown_study_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean rosenberg-1985"):
        load_study("rosenberg1985")
    with pytest.raises(StudyError, match=r"Cannot read the study nowhere\.toml"):
        load_study("nowhere.toml")


def test_rules_follow_the_drug_they_hold() -> None:
    arms = {a.name: a.regimen for a in load_study("rosenberg-1985").arms}
    assert {r.drug for r in arms["lak_il2"].rules} == {"aldesleukin", "lak_cells"}
    assert {r.drug for r in arms["il2"].rules} == {"aldesleukin"}
    assert {r.drug for r in arms["lak"].rules} == {"lak_cells"}


def test_1985_gives_the_same_to_the_same_patients_and_lak_alone_is_harmless() -> None:
    study = load_study("rosenberg-1985")
    il2 = study.arms[1]
    study = replace(study, arms=(*study.arms, replace(il2, name="twin")), assumed=(), window={})
    result = run_trial(study, pool=48, replicates=20)
    pd.testing.assert_frame_equal(
        result.arms["il2"].patients, result.arms["twin"].patients, check_exact=True
    )
    lak = result.attribution["lak.any"]
    assert lak.loc[["Hypotension", "Capillary leak syndrome", "Weight gain"]].max() == 0
    assert result.attribution["il2.any"].loc["Hypotension"] > 50
    assert not any(a.patients["failed"].any() for a in result.arms.values())
