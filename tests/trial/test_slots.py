from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from immunarium.dosing import Regimen
from immunarium.literature import load_study
from immunarium.population import Population
from immunarium.trial.bench import Bench

COURSE = Regimen.parse("aldesleukin 600000 IU/kg IV over 15 min q8h x 3")


@pytest.fixture(scope="module")
def study():
    study = load_study("rosenberg-1985")
    return dataclasses.replace(study, until=30 * 24.0, visits=None, record=(0.0, 240.0, 720.0))


@pytest.fixture(scope="module")
def patients(study):
    return Population.sample(study.disease, 24, 2, shares=study.shares, study=study.rows)


@pytest.fixture(scope="module")
def bench(study, patients):
    return Bench.of(study, patients.graph)


def test_a_patient_is_followed_in_the_smallest_model_that_has_all_its_lesions(bench, patients):
    start = patients.initial()
    slots = bench.slots
    wanted = slots.wanted(start)
    assert set(wanted) == {4, 8, 12}
    at = {s: i for i, s in enumerate(bench.graph.states)}
    for number in range(1, 13):
        there = start[:, [at[s] for s in slots._filling(f"lesion_{number}.volume")]].any(axis=1)
        assert (wanted[there] >= number).all()
    few, more, every = (len(slots.kernel(n)[0].states) for n in (4, 8, 12))
    assert (every - more, every - few) == (12, 24)  # three states a lesion


def test_leaving_out_empty_slots_changes_nothing_but_the_steps(bench, patients):
    whole = dataclasses.replace(bench)
    size = len(bench.lesions)
    whole.slots.__dict__["wanted"] = lambda start: np.full(len(start), size)
    one, all_slots = (b.follow(COURSE, patients, rtol=1e-8) for b in (bench, whole))
    assert (one.given == all_slots.given).all()
    np.testing.assert_array_equal(one.parameters["il2.CL"], all_slots.parameters["il2.CL"])
    for name, course_of in one.recorded.items():
        other = all_slots.recorded[name]
        size_of = np.nanmax(np.abs(other))
        np.testing.assert_allclose(course_of, other, rtol=1e-4, atol=1e-5 * size_of, err_msg=name)


def test_the_result_of_a_patient_does_not_depend_on_the_others(bench, patients):
    together = bench.follow(COURSE, patients)
    for i in (0, 7, 23):
        alone = bench.follow(COURSE, patients.keep(np.arange(24) == i))
        for name in together.recorded:
            assert alone.recorded[name][0].tobytes() == together.recorded[name][i].tobytes()
        assert alone.reduced.iloc[0].equals(together.reduced.iloc[i].rename(0))
        assert alone.given[0].tolist() == together.given[i].tolist()


def test_progress_counts_all_patients_once(bench, patients):
    seen = []
    bench.follow(COURSE, patients, progress=lambda done, failed: seen.append(done))
    assert seen == sorted(seen)
    assert seen[-1] == len(patients)


def test_a_disease_without_lesions_has_one_model(patients):
    slots = dataclasses.replace(
        Bench.of(load_study("rosenberg-1985"), patients.graph).slots, volumes=(), _made={}
    )
    assert slots.wanted(np.ones((3, 127))).tolist() == [0, 0, 0]
