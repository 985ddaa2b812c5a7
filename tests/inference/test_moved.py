"""Patients who move with a centre are those that the tables would have given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from immunarium.core import Row
from immunarium.inference.experiment import cohort_of
from immunarium.inference.factors import Factors, shift
from immunarium.inference.moved import LINEAR, LOG, ODDS, Mover, follow
from immunarium.literature import load_study
from immunarium.population import Population

N = 12


@pytest.fixture(scope="module")
def patients() -> Population:
    return cohort_of(load_study("rosenberg-1985"), N, 1)


@pytest.fixture(scope="module")
def factors() -> Factors:
    study = load_study("rosenberg-1985")
    return Factors(cohort_of(study, 0, 1), study.arms[0].regimen)


def numbers(patients: Population) -> np.ndarray:
    return patients.table.drop(columns="histology").to_numpy(float)


@pytest.mark.parametrize(
    ("path", "value", "unit"),
    [
        ("il2.organ_baseline", "0.0004", "nmol/L"),  # rest depends on it
        ("priming.checkpoint", "0.75", "1"),  # its law is logit
        ("tumour.more_lesions", "4", "1"),  # its law counts
        ("fever.chill_threshold", "313.2", "K"),  # its law adds
    ],
)
def test_a_moved_centre_gives_the_patients_of_a_table_with_that_value(
    patients: Population, factors: Factors, path: str, value: str, unit: str
) -> None:
    study = load_study("rosenberg-1985")
    instance, name = path.split(".")
    row = Row(instance, name, value, unit, None, "", "assumed", "a test", "", "test", 1)
    there = replace(study, rows=(*study.rows, row))
    drawn = {i: r for i, r in zip(patients.table.index, range(N), strict=True)}
    written = cohort_of(there, 2 * N, 1)
    (factor,) = factors.asked(f"{path} = 50..200 %" if path != "priming.checkpoint"
                              else f"{path} = 0.5..0.9")  # fmt: skip
    moved, settled = Mover(patients).move(patients, {path: shift(factor, np.full(N, float(value)))})
    both = [i for i in written.table.index if i in drawn and settled[drawn[i]]]
    assert len(both) > N // 2  # the bounds of the disease may refuse some
    mine = numbers(replace(moved, table=moved.table.loc[both]))
    theirs = numbers(replace(written, table=written.table.loc[both]))
    assert mine == pytest.approx(theirs, rel=1e-8)
    assert (mine != numbers(replace(patients, table=patients.table.loc[both]))).any()


def test_moving_nothing_far_moves_nobody(patients: Population, factors: Factors) -> None:
    shifts = {p: shift(f, np.full(N, f.centre)) for f in factors.screened() for p in f.of}
    assert len(shifts) > 300
    moved, settled = Mover(patients).move(patients, shifts)
    assert settled.all()
    assert numbers(moved) == pytest.approx(numbers(patients), rel=1e-9)


def test_a_value_is_set_for_those_who_get_one(patients: Population) -> None:
    values = np.full(N, np.nan)
    values[0] = 80.0
    moved, _ = Mover(patients).move(patients, values={"patient.weight": values})
    assert moved.table["patient.weight"].iloc[0] == 80.0
    same = [c for c in patients.table if c != "histology"]
    assert (moved.table[same].iloc[1:].to_numpy() == pytest.approx(
        patients.table[same].iloc[1:].to_numpy(), rel=1e-9))  # fmt: skip


def test_the_median_of_a_patient_is_that_of_their_histology(patients: Population) -> None:
    median = Mover(patients).typical(patients, "tumour.growth")
    by_kind = {k: set(median[patients.table["histology"] == k]) for k in patients.tables}
    known = {k: v for k, v in by_kind.items() if v}
    assert all(len(v) == 1 for v in known.values())
    assert len({min(v) for v in known.values()}) == len(known)


@pytest.mark.parametrize(
    ("scale", "value", "old", "new", "moved"),
    [(LOG, 3.0, 2.0, 4.0, 6.0), (LINEAR, 3.0, 2.0, 4.0, 5.0), (ODDS, 0.5, 0.5, 0.8, 0.8)],
)
def test_a_distance_is_kept_on_its_scale(scale, value, old, new, moved) -> None:
    got = follow(np.array([value]), np.array([old]), np.array([new]), scale)
    assert got == pytest.approx([moved])
