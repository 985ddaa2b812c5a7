"""Quantiles by counting: as near as they say, and the same however patients are divided."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from immunarium.engine.counts import ERROR, Counts, decode, encode

SHARES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def exact(values):
    """Quantiles over the patients who are left, time by time."""
    columns = [v[~np.isnan(v)] for v in values.T]
    return np.stack([np.quantile(c, SHARES) if len(c) else [np.nan] * 7 for c in columns], axis=1)


@pytest.fixture
def values():
    rng = np.random.default_rng(1)
    out = rng.lognormal(sigma=[0.01, 1, 3, 8, 1, 1], size=(500, 6)) * [1, -1, 1e9, 1e-9, 1, 1]
    out[::2, 4] *= -1  # either sign
    out[::5, 3] = 0.0
    out[100:, 1] = np.nan  # the dead
    out[:, 5] = np.nan
    return out


def counted(*parts):
    counts = Counts(["x"], 6)
    for part in parts:
        counts.add({"x": encode(part)})
    return counts.quantiles(SHARES)["x"]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_stands_for_a_number_is_near_it(x):
    (got,) = decode(encode(np.array([x])))
    if 2.0**-126 < abs(x) < 2.0**126:
        assert abs(got - x) <= ERROR * abs(x)
    elif abs(x) < 2.0**-127:
        assert got == 0


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2))
def test_bins_are_in_the_order_of_the_numbers(numbers):
    codes = encode(np.sort(np.array(numbers)))
    assert (np.diff(codes.astype(int)) >= 0).all()


def test_quantiles_are_within_the_error_they_state(values):
    got, wanted = counted(values), exact(values)
    assert (np.isnan(got) == np.isnan(wanted)).all()
    columns = [0, 1, 2, 3]
    np.testing.assert_allclose(got[:, columns], wanted[:, columns], rtol=ERROR)


def test_a_quantile_between_patients_of_either_sign_errs_by_the_larger(values):
    got, wanted = counted(values)[:, 4], exact(values)[:, 4]
    ordered = np.sort(values[:, 4])
    for g, w, share in zip(got, wanted, SHARES, strict=True):
        low = int(share * 499)
        assert abs(g - w) <= ERROR * np.abs(ordered[low : low + 2]).max()


@pytest.mark.parametrize("size", [1, 7, 100, 499])
def test_any_division_of_the_patients_gives_the_same_bytes(values, size):
    shuffled = np.random.default_rng(2).permutation(values)
    parts = [shuffled[i : i + size] for i in range(0, 500, size)]
    assert counted(*parts).tobytes() == counted(values).tobytes()


def test_counts_come_back_from_disk(values, tmp_path: Path):
    counts, again = Counts(["a.x", "b"], 6), Counts(["a.x", "b"], 6)
    counts.add({"a.x": encode(values), "b": encode(values[:, ::-1])})
    counts.save(tmp_path / "counts.npz")
    again.load(tmp_path / "counts.npz")
    for c in (counts, again):
        c.add({"a.x": encode(100 * values)})
    one, two = counts.quantiles(SHARES), again.quantiles(SHARES)
    assert all(one[k].tobytes() == two[k].tobytes() for k in ("a.x", "b"))


def test_nobody_has_no_quantiles():
    assert np.isnan(Counts(["x"], 3).quantiles(SHARES)["x"]).all()
