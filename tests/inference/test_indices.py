"""Indices agree with what is known by hand; what cannot be analysed is refused."""

import numpy as np
import pytest

from immunarium.inference import SensitivityError, indices


def ishigami(x):
    a, b, c = (np.pi * (2 * x[:, i] - 1) for i in range(3))
    return np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)


FIRST, TOTAL = (0.3139, 0.4424, 0.0), (0.5576, 0.4424, 0.2437)  # Ishigami and Homma 1990, exact


def test_sobol_finds_the_indices_of_ishigami():
    x = indices.design("sobol", 3, 1024, seed=1)
    table = indices.analyse("sobol", x, ishigami(x), ["a", "b", "c"], seed=1)
    assert table["first"].to_numpy() == pytest.approx(FIRST, abs=0.03)
    assert table["total"].to_numpy() == pytest.approx(TOTAL, abs=0.03)
    assert (table["total_low"] <= TOTAL).all()
    assert (table["total_high"] >= TOTAL).all()


def test_what_the_model_does_not_read_has_an_index_of_exactly_nothing():
    for method, samples, columns in (
        ("sobol", 64, ["first", "total"]),
        ("morris", 4, ["mu_star", "sigma"]),
    ):
        x = indices.design(method, 4, samples, seed=1)
        table = indices.analyse(method, x, ishigami(x), list("abcd"), seed=1)
        assert not table[columns].T["d"].any()
        assert table[columns].T["a"].all()


def test_morris_finds_the_slopes_of_a_line():
    x = indices.design("morris", 3, 5, seed=1)
    table = indices.analyse("morris", x, x @ [3.0, -2.0, 0.5], ["a", "b", "c"], seed=1)
    assert table["mu"].to_numpy() == pytest.approx([3.0, -2.0, 0.5])
    assert table["mu_star"].to_numpy() == pytest.approx([3.0, 2.0, 0.5])
    assert table["sigma"].to_numpy() == pytest.approx(0.0, abs=1e-12)


def test_morris_sees_company_as_spread():
    x = indices.design("morris", 2, 20, seed=1)
    table = indices.analyse("morris", x, x[:, 0] * x[:, 1], ["a", "b"], seed=1)
    assert (table["sigma"] > 0.1).all()


def test_pawn_puts_factors_in_order_and_knows_its_noise():
    x = indices.design("pawn", 3, 1000, seed=1)
    table = indices.analyse("pawn", x, 4 * x[:, 0] + x[:, 1], ["a", "b", "none"], seed=1)
    assert table["median"].rank().tolist() == [3, 2, 1]
    assert table["median"]["b"] > table["noise"]["b"]
    assert table["median"]["none"] < 2 * table["noise"]["none"]


@pytest.mark.parametrize("method", indices.METHODS)
def test_an_output_that_never_changes_has_indices_of_nothing(method):
    x = indices.design(method, 2, 64, seed=1)
    table = indices.analyse(method, x, np.ones(len(x)), ["a", "b"], seed=1)
    assert (table == 0).all().all()


@pytest.mark.parametrize("method", indices.METHODS)
def test_a_design_has_its_size_and_lies_in_the_cube(method):
    x = indices.design(method, 3, 64, seed=1)
    assert x.shape == (indices.size(method, 3, 64), 3)
    assert x.min() >= 0
    assert x.max() <= 1


def test_a_run_without_an_output_takes_its_base_point_along_and_no_other():
    x = indices.design("sobol", 3, 256, seed=1)
    y = ishigami(x)
    y[7] = np.nan
    assert indices.left_out("sobol", x, y) == 5
    table = indices.analyse("sobol", x, y, ["a", "b", "c"], seed=1)
    assert table["total"].to_numpy() == pytest.approx(TOTAL, abs=0.1)


@pytest.mark.parametrize(
    ("method", "samples", "message"),
    [
        ("sobel", 64, "Did you mean sobol"),
        ("sobol", 100, "power of two"),
        ("morris", 1, "says nothing"),
    ],
)
def test_what_cannot_be_sampled_is_refused(method, samples, message):
    with pytest.raises(SensitivityError, match=message):
        indices.check(method, samples)


def test_without_salib_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "SALib.sample", None)
    with pytest.raises(SensitivityError, match=r"pip install 'immunarium\[sensitivity\]'"):
        indices.check("sobol", 64)
