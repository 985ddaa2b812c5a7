"""A correlation changes who has what together, and no distribution of a single number."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import kstest

from immunarium.core import Disease, Row
from immunarium.population import Correlation, CorrelationError, Population, Sampler, sources
from immunarium.population.correlation import _mixtures, read_correlations
from immunarium.population.streams import draw

CONTINUOUS = (
    "lognormal", "sdlog", "normal", "logit", "uniform", "loguniform", "exponential", "beta",
)  # fmt: skip
N = 20_000


def pair(a: str, b: str, rho: float) -> Correlation:
    return Correlation((f"person.{a}", f"person.{b}"), rho, "this work")


def ranks(table: pd.DataFrame, a: str, b: str) -> float:
    """Spearman's correlation of two numbers."""
    return float(np.corrcoef(table[f"person.{a}"].rank(), table[f"person.{b}"].rank())[0, 1])


def drawn(disease: Disease, n: int, *correlated: Correlation, seed: int = 4) -> pd.DataFrame:
    """Return every draw of one histology, plausible or not."""
    sampler = Sampler(disease, seed, shares={"young": 1.0}, correlated=correlated)
    sampler._checks.clear()
    return sampler.table(0, n)


@pytest.fixture(scope="module")
def apart(make: Callable[..., Disease]) -> pd.DataFrame:
    return drawn(make(), N)


@pytest.mark.parametrize("law", CONTINUOUS[1:])
@pytest.mark.parametrize("rho", [-0.7, 0.4])
def test_any_law_takes_the_rank_correlation_that_is_asked_for(
    person: Disease, law: str, rho: float
) -> None:
    table = drawn(person, N, pair("lognormal", law, rho))
    assert ranks(table, "lognormal", law) == pytest.approx(rho, abs=4 / np.sqrt(N))


@pytest.mark.parametrize("law", CONTINUOUS)
def test_a_law_that_comes_first_is_ranked_as_it_was_drawn(person: Disease, law: str) -> None:
    other = "normal" if law != "normal" else "sdlog"
    table = drawn(person, N, pair(law, other, 0.6))
    assert ranks(table, law, other) == pytest.approx(0.6, abs=4 / np.sqrt(N))


@pytest.mark.parametrize("law", CONTINUOUS[1:])
def test_the_number_that_moves_keeps_its_distribution(
    person: Disease, apart: pd.DataFrame, law: str
) -> None:
    moved = drawn(person, N, pair("lognormal", law, 0.8))[f"person.{law}"]
    centre, spread = CENTRE[law], SPREAD[law]
    fresh = draw(99, "other", np.arange(N), np.full(N, centre), spread, law, (3.0, 2.0))
    assert kstest(moved, fresh).pvalue > 1e-4
    assert not np.isin(moved, apart[f"person.{law}"]).any()  # it did move


CENTRE = {
    "sdlog": 2.0, "normal": 2.0, "logit": 0.2, "uniform": 2.0, "loguniform": 2.0,
    "exponential": 2.0, "beta": 1.0,
}  # fmt: skip
SPREAD = {
    "sdlog": 0.8, "normal": 0.5, "logit": 1.0, "uniform": 0.5, "loguniform": 0.5,
    "exponential": 0.0, "beta": 0.0,
}  # fmt: skip


def test_only_the_later_number_of_a_pair_moves(person: Disease, apart: pd.DataFrame) -> None:
    together = drawn(person, 500, pair("normal", "lognormal", 0.5))
    moved = [str(c) for c in apart if not together[c].equals(apart[c].iloc[:500])]
    assert sorted(moved) == ["person.following", "person.lognormal"]


def test_no_correlation_moves_nobody(person: Disease, apart: pd.DataFrame) -> None:
    together = drawn(person, 500, pair("normal", "lognormal", 0.0))
    assert together.equals(apart.iloc[:500])


def test_correlated_patients_are_the_same_in_pieces_of_any_size(person: Disease) -> None:
    stated = [pair("beta", "exponential", 0.5), pair("exponential", "age", -0.3)]
    sampler = Sampler(person, 3, correlated=stated)
    pieces = [sampler.table(a, min(a + 7, 60)) for a in range(0, 60, 7)]
    assert pd.concat(pieces).equals(sampler.table(0, 60))


def test_three_numbers_take_a_matrix(person: Disease) -> None:
    rho = ((1.0, 0.5, -0.4), (0.5, 1.0, 0.2), (-0.4, 0.2, 1.0))
    names = ("normal", "beta", "age")
    stated = Correlation(tuple(f"person.{x}" for x in names), rho, "this work")
    table = drawn(person, N, stated)
    for (i, a), (j, b) in combinations(enumerate(names), 2):
        assert ranks(table, a, b) == pytest.approx(rho[i][j], abs=4 / np.sqrt(N))


def test_pairs_that_nobody_states_have_no_correlation(person: Disease) -> None:
    table = drawn(person, N, pair("normal", "beta", 0.6), pair("beta", "uniform", 0.6))
    assert ranks(table, "normal", "uniform") == pytest.approx(0.0, abs=4 / np.sqrt(N))


def test_correlations_that_cannot_all_hold_are_refused_with_what_could(person: Disease) -> None:
    stated = (pair("normal", "beta", 0.9), pair("beta", "uniform", 0.9))
    with pytest.raises(CorrelationError, match=r"cannot all hold.*pairs that nobody states") as e:
        Sampler(person, 1, correlated=stated)
    found = re.search(r"between (\S+) and (\S+) for person\.(\w+) and person\.(\w+)", str(e.value))
    assert found is not None
    low, high, names = float(found[1]), float(found[2]), (found[3], found[4])
    middle = pair(*names, (low + high) / 2)
    Sampler(person, 1, correlated=(*stated, middle))
    with pytest.raises(CorrelationError):
        Sampler(person, 1, correlated=(*stated, pair(*names, low - 0.05)))


@given(arrays(np.float64, (4, 6), elements=st.floats(-1, 1)))
@settings(max_examples=60, deadline=None)
def test_mixtures_give_back_every_matrix_that_can_hold(x: np.ndarray) -> None:
    whole = x @ x.T + 0.05 * np.eye(4)
    size = np.sqrt(np.diag(whole))
    matrix = whole / size / size[:, None]
    paths = ("a", "b", "c", "d")
    mixed = {p: {p: 1.0} for p in paths} | _mixtures(paths, matrix)
    factor = np.array([[mixed[p].get(q, 0.0) for q in paths] for p in paths])
    assert np.allclose(factor @ factor.T, matrix, atol=1e-12)
    assert np.allclose(factor, np.tril(factor))  # nobody moves who comes earlier


@pytest.mark.parametrize(
    ("a", "b", "saying"),
    [
        ("normal", "nromal", "Did you mean person.normal"),
        ("normal", "fixed", "do not differ in it"),
        ("normal", "following", "it is = 2 . lognormal"),
        ("normal", "poisson", "its law, poisson, counts"),
        ("bernoulli", "normal", "its law, bernoulli, counts"),
    ],
)
def test_what_cannot_be_correlated_is_refused(person: Disease, a: str, b: str, saying: str) -> None:
    with pytest.raises(CorrelationError, match=saying):
        Sampler(person, 1, correlated=[pair(a, b, 0.5)])


@pytest.mark.parametrize(
    ("of", "rho", "source", "saying"),
    [
        (("a",), 0.5, "x", "two numbers or more"),
        (("a", "a"), 0.5, "x", "each once"),
        (("a", "b"), 1.0, "x", "between -1 and 1"),
        (("a", "b"), float("nan"), "x", "between -1 and 1"),
        (("a", "b"), 0.5, " ", "has no source"),
        (("a", "b"), ((1.0, 0.5),), "x", "2 rows of 2"),
        (("a", "b"), ((1.0, 0.5), (0.4, 1.0)), "x", "same number above and below"),
    ],
)
def test_a_correlation_that_makes_no_sense_is_refused(
    of: tuple[str, ...], rho: float, source: str, saying: str
) -> None:
    with pytest.raises(CorrelationError, match=saying):
        Correlation(of, rho, source)


def test_a_disease_states_its_own_and_a_study_may_change_them(make: Callable[..., Disease]) -> None:
    own = "person.normal, person.age\t-0.5\tborrowed\tdoi:x\twhy\n"
    disease = make(correlations=own)
    for study, rho in (((), -0.5), ((pair("normal", "age", 0.3),), 0.3)):
        table = drawn(disease, N, *study)
        assert ranks(table, "normal", "age") == pytest.approx(rho, abs=4 / np.sqrt(N))


def test_a_study_that_holds_a_number_fixed_drops_what_the_disease_said_of_it(
    make: Callable[..., Disease], apart: pd.DataFrame
) -> None:
    disease = make(correlations="person.normal, person.age\t-0.5\tborrowed\tdoi:x\t\n")
    row = Row("person", "normal", "2", "1", 0.0, "", "assumed", "x", "", "study", 1)
    table = Sampler(disease, 4, shares={"young": 1.0}, study=[row]).table(0, 50)
    assert (table["person.normal"] == 2).all()
    assert table["person.age"].equals(apart["person.age"].loc[table.index])


def test_correlations_are_cited(make: Callable[..., Disease]) -> None:
    disease = make(correlations="person.normal, person.age\t-0.5\tborrowed\tdoi:x\twhy\n")
    tables = Population.typical(disease).tables
    listed = sources(disease, tables, [pair("beta", "normal", 0.2)]).set_index("path")
    assert listed.loc["person.normal with person.age", "source"] == "doi:x"
    assert listed.loc["person.beta with person.normal", "layer"] == "study"


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        ("", "The columns of"),
        ("of\trho\n", "The columns of"),
        (
            "of\trho\tevidence\tsource\tnote\na, b\thigh\tassumed\tx\t\n",
            "row 2: cannot read the rho",
        ),
        (
            "of\trho\tevidence\tsource\tnote\na\t0.1\tassumed\tx\t\n",
            "row 2: A correlation is of two",
        ),
        ("of\trho\tevidence\tsource\tnote\na, b\t0.1\tguess\tx\t\n", "row 2: .*evidence 'guess'"),
    ],
)
def test_a_table_of_correlations_that_cannot_be_read_says_where(
    tmp_path, text: str, saying: str
) -> None:
    (tmp_path / "table.tsv").write_text(text)
    with pytest.raises(CorrelationError, match=saying):
        read_correlations(tmp_path / "table.tsv")
