"""Study files: each can be run, roles are kept apart, and mistakes are pointed at."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from immunarium.core import UnknownNameError
from immunarium.literature import StudyError, load_study, studies, targets
from immunarium.literature.study import FOLDER
from immunarium.trial import run_trial
from immunarium.trial.bench import Bench

PREDICTED = {"V32", "V34.survival"}
CALIBRATED = {
    "V01", "V02", "V03", "V25", "V26", "V27", "V28", "V29", "V30", "V31", "V33", "V34.response",
}  # fmt: skip


def family(target_id: str, known: set[str]) -> bool:
    return any(target_id == k or target_id.startswith(f"{k}.") for k in known)


loaded = cache(load_study)


@cache
def graph_of(name: str):
    """The graph of the disease of a study that is the first with it."""
    return loaded(name).disease.build().graph


@cache
def first_with(disease: str) -> str:
    return next(s for s in studies() if loaded(s).disease.name == disease)


@pytest.mark.parametrize("name", studies())
def test_every_rule_and_target_of_a_study_fits_its_disease(name: str) -> None:
    study = loaded(name)
    bench = Bench.of(study, graph_of(first_with(study.disease.name)))
    assert len(bench.probes) == len(study.targets) > 0


@pytest.mark.parametrize("name", studies())
def test_every_target_is_sourced_and_known_to_one_study(name: str) -> None:
    study = loaded(name)
    others = {t.id for s in studies() if s != name for t in loaded(s).targets}
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


def test_an_unknown_study_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean rosenberg-1985"):
        load_study("rosenberg1985")
    with pytest.raises(StudyError, match=r"nowhere\.toml:1: Cannot read the study"):
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


def test_a_file_is_run_again_by_its_own_name_and_a_study_by_the_librarys(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text((FOLDER / "atkins-1999.toml").read_text(encoding="utf-8"), encoding="utf-8")
    assert (load_study(mine).file, load_study("atkins-1999").file) == ("mine.toml", "")
    assert replace(load_study(mine), name="atkins-1999") == load_study("atkins-1999")
