"""Scores of autoimmune diseases, on cases worked out from their definitions."""

from __future__ import annotations

import numpy as np
import pytest

from immunarium.core import ImmunoError
from immunarium.trial.scales import (
    from_items,
    items,
    responds,
    scale,
    scales,
    score,
    scored,
    sri4,
)

NOT = np.nan


def one(x: float) -> np.ndarray:
    return np.array([x])


def test_every_scale_is_sourced_and_says_what_is_assumed() -> None:
    for s in scales().values():
        assert s.source
        assert s.note
        assert s.low < s.high
        assert s.step > 0


def test_the_items_of_a_scale_add_up_to_its_range() -> None:
    highest = {name: sum(w * m for w, m in parts.values()) for name, parts in items().items()}
    assert highest == {name: scale(name).high for name in items()}
    assert {name: len(parts) for name, parts in items().items()} == {
        "SLEDAI-2K": 24, "INCAT": 2, "MRC sum": 12, "QMG": 13, "MG-ADL": 8
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "present", "points"),
    [
        ("SLEDAI-2K", {"arthritis": 1, "rash": 1, "low complement": 1, "fever": 1}, 9),
        ("SLEDAI-2K", {"seizure": 1, "proteinuria": 1, "leukopenia": 1}, 13),
        ("SLEDAI-2K", {"psychosis": 0}, 0),
        ("INCAT", {"arms": 2, "legs": 3}, 5),
        ("MRC sum", {"hip flexion, left": 4, "hip flexion, right": 3}, 7),
        ("QMG", {"ptosis": 3, "head lifted": 1}, 4),
        ("MG-ADL", {"talking": 1, "double vision": 3, "breathing": 2}, 6),
    ],
)
def test_items_add_up(name: str, present: dict, points: float) -> None:
    assert from_items(name, {k: one(v) for k, v in present.items()})[0] == points


@pytest.mark.parametrize(
    ("name", "present", "message"),
    [
        ("SLEDAI-2K", {"artritis": 1}, "no item 'artritis'. Did you mean arthritis"),
        ("INCAT", {"arms": 6}, "INCAT, arms: a value lies outside 0 to 5"),
        ("GBS disability", {"legs": 1}, "is no sum of items"),
        ("MGADL", {"talking": 1}, "no scale 'MGADL'. Did you mean MG-ADL"),
    ],
)
def test_a_wrong_item_is_refused(name: str, present: dict, message: str) -> None:
    with pytest.raises(ImmunoError, match=message):
        from_items(name, {k: one(v) for k, v in present.items()})


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("MG-ADL", 7.4, 7), ("MG-ADL", 7.6, 8), ("MG-ADL", -1, 0), ("MG-ADL", 30, 24),
        ("PGA", 1.24, 1.2), ("PGA", 3.4, 3.0),
        ("GBS disability", 2.6, 3), ("grip strength", 61.7, 62), ("platelet response", 222.4, 222),
        ("INCAT", NOT, NOT),
    ],
)  # fmt: skip
def test_a_state_is_written_down_in_the_steps_of_the_scale(
    name: str, value: float, written: float
) -> None:
    assert score(name, one(value))[0] == pytest.approx(written, nan_ok=True)


def test_raters_err_as_the_table_says() -> None:
    values = np.full((20_000, 2), 12.0)
    read = scored("MG-ADL", values, 1, np.arange(20_000), (0.0, 28.0))
    assert read.std() == pytest.approx(np.hypot(1.5, np.sqrt(1 / 12)), rel=0.03)
    assert abs(np.mean((read[:, 0] - 12) * (read[:, 1] - 12))) < 0.1
    alone = scored("MG-ADL", values[:1], 1, np.array([7]), (0.0, 28.0))
    assert alone.tolist() == read[[7]].tolist()


@pytest.mark.parametrize(
    ("name", "before", "now", "answer"),
    [
        ("MG-ADL", 9, 7, True), ("MG-ADL", 9, 8, False), ("MG-ADL", 9, 11, False),
        ("QMG", 18, 15, True), ("QMG", 18, 16, False),
        ("INCAT", 5, 4, True), ("INCAT", 5, 5, False),
        ("GBS disability", 4, 3, True), ("GBS disability", 4, 4, False),
        ("GBS disability", 4, 6, False),
        ("MRC sum", 40, 42, True), ("MRC sum", 40, 41, False),
        ("grip strength", 40, 48, True), ("grip strength", 40, 47, False),
        ("SLEDAI-2K", 12, 8, True), ("SLEDAI-2K", 12, 9, False),
        ("PGA", 1.5, 1.2, True), ("PGA", 1.5, 1.3, False),
        ("platelet response", 12, 30, True), ("platelet response", 12, 29, False),
        ("platelet response", 20, 39, False), ("platelet response", 20, 40, True),
        ("platelet complete response", 20, 100, True),
        ("platelet complete response", 60, 99, False),
        ("MG-ADL", 9, NOT, False), ("MG-ADL", NOT, 3, False),
    ],
)  # fmt: skip
def test_who_responds(name: str, before: float, now: float, answer: bool) -> None:
    assert bool(responds(name, one(before), one(now))[0]) is answer


@pytest.mark.parametrize(
    ("sledai", "pga", "new_a", "new_b", "answer"),
    [
        ((10, 6), (1.5, 1.0), 0, 0, True),
        ((10, 7), (1.5, 1.0), 0, 0, False),
        ((10, 6), (1.5, 1.7), 0, 1, True),
        ((10, 6), (1.5, 1.8), 0, 0, False),
        ((10, 6), (1.5, 1.5), 1, 0, False),
        ((10, 6), (1.5, 1.5), 0, 2, False),
        ((10, NOT), (1.5, 1.5), 0, 0, False),
        ((10, 4), (1.5, NOT), 0, 0, False),
    ],
)
def test_sri_4_needs_all_four(
    sledai: tuple, pga: tuple, new_a: int, new_b: int, answer: bool
) -> None:
    got = sri4((one(sledai[0]), one(sledai[1])), (one(pga[0]), one(pga[1])), one(new_a), one(new_b))
    assert bool(got[0]) is answer
