"""Errors of measurement: as large as the table says, and each patient's own."""

from __future__ import annotations

import numpy as np
import pytest

from immunarium import registry
from immunarium.trial.assays import assays, measured

MANY = np.arange(20_000)


def test_every_assay_measures_a_quantity_of_the_library_in_its_unit() -> None:
    graph = registry.disease("metastatic_cancer").build().graph
    for path, assay in assays().items():
        assert graph.units[path] == assay.unit, path
        assert assay.source
        assert assay.evidence != "assumed" or assay.note


@pytest.mark.parametrize(
    ("path", "value", "sd"),
    [
        ("haemodynamics.SBP", 120.0, 8.0),
        ("kidney.creatinine", 20.0, 0.6),
        ("liver.bilirubin", 10.0, np.hypot(0.5, 0.5)),
        ("fever.temperature", 311.0, 0.2),
    ],
)
def test_readings_scatter_around_the_truth_as_the_table_says(
    path: str, value: float, sd: float
) -> None:
    read = measured(np.full(20_000, value), path, 1, MANY, "day 1")
    assert read.mean() == pytest.approx(value, abs=5 * sd / np.sqrt(20_000))
    assert read.std() == pytest.approx(sd, rel=0.03)


def test_the_same_measurement_is_the_same_and_another_is_another() -> None:
    values = np.full(3, 120.0)
    first = measured(values, "haemodynamics.SBP", 1, np.array([0, 1, 7]), "hour 8")
    again = measured(values[:1], "haemodynamics.SBP", 1, np.array([7]), "hour 8")
    later = measured(values, "haemodynamics.SBP", 1, np.array([0, 1, 7]), "hour 16")
    assert first[2] == again[0]
    assert not np.any(first == later)


def test_a_quantity_without_an_assay_has_no_error() -> None:
    values = np.array([1.0, np.nan, 3.0])
    assert measured(values, "kidney.urine", 1, np.arange(3), "day 1") is values


def test_the_unit_of_the_values_is_that_of_the_error() -> None:
    index = np.arange(5)
    mm = measured(np.full(5, 120.0), "haemodynamics.SBP", 1, index, "day 1")
    kilo = measured(np.full(5, 15.99868), "haemodynamics.SBP", 1, index, "day 1", "kPa")
    assert kilo / 0.1333224 == pytest.approx(mm, rel=1e-4)


def test_no_reading_is_below_zero_or_above_what_can_be_shown() -> None:
    read = measured(np.full(20_000, 0.99), "lung.SaO2", 1, MANY, "day 1")
    assert read.max() == 1.0
    low = measured(np.full(20_000, 5.0), "haemodynamics.SBP", 1, MANY, "day 1")
    assert low.min() == 0.0


def test_the_dead_are_not_measured() -> None:
    assert np.isnan(measured(np.array([np.nan]), "lung.SaO2", 1, np.array([0]), "day 1"))[0]
