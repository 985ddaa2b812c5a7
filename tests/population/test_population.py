"""Patients are drawn by name: same seed, same bytes; a new patient moves nobody."""

import numpy as np
import pandas as pd
import pytest

from immunarium.core import (
    Bound,
    Disease,
    Model,
    Module,
    Parameter,
    Species,
    evaluate,
    nothing,
    quantity,
    reaction,
)
from immunarium.population import Population, PopulationError, Sampler, stream
from immunarium.population.rest import _solve
from immunarium.population.streams import BLOCK, draw, normals

HEAD = "name\tvalue\tunit\tcv\tlaw\tevidence\tsource\tnote\n"


@pytest.fixture
def disease(tmp_path, monkeypatch):
    """Return a disease of one drug whose amount rests where saturable loss meets production."""

    class Drug(Module):
        """A drug with saturable loss."""

        amount = Species("nmol", "drug")
        guess = Parameter("nmol", "first guess")
        made = Parameter("nmol/h", "production")
        most = Parameter("nmol/h", "maximal loss")
        half = Parameter("nmol", "half saturation")

        @quantity("1")
        def filled(self):
            return self.amount / (self.amount + self.half)

        @reaction(nothing >> amount)
        def produced(self):
            return self.made

        @reaction(amount >> nothing)
        def lost(self):
            return self.most * self.filled

    file = tmp_path / "drug.tsv"
    file.write_text(
        HEAD
        + "amount\t= rest(guess)\tnmol\t\t\tassumed\tx\t\n"
        + "guess\t1\tnmol\t\t\tassumed\tx\t\n"
        + "made\t1\tnmol/h\t0.5\t\tassumed\tx\t\n"
        + "most\t4\tnmol/h\t0.2\t\tassumed\tx\t\n"
        + "half\t2\tnmol\t\t\tassumed\tx\t\n"
    )
    monkeypatch.setattr(Drug, "table", classmethod(lambda cls: file))
    return Disease(
        "test", "a test", lambda: Model(Drug(), wires={}), plausible=(Bound("drug.filled", 0, 0.9),)
    )


def test_every_patient_starts_at_rest(disease):
    p = Population.sample(disease, 50, 3)
    g = p.model.graph
    values = dict(zip(g.states, p.initial().T, strict=True))
    values |= dict(zip(g.parameters, p.parameters().T, strict=True))
    (rate,) = evaluate(g.rates, values)
    assert np.max(np.abs(rate)) < 1e-12


def test_the_same_seed_gives_the_same_bytes(disease):
    a, b = Population.sample(disease, 20, 3), Population.sample(disease, 20, 3)
    assert a.parameters().tobytes() == b.parameters().tobytes()


def test_more_patients_move_nobody(disease):
    a, b = Population.sample(disease, 5, 3), Population.sample(disease, 50, 3)
    assert a.parameters().tobytes() == b.parameters()[:5].tobytes()


def test_implausible_draws_are_counted_not_kept(disease):
    p = Population.sample(disease, 50, 3)
    assert (p.table["drug.made"] / p.table["drug.most"]).max() < 0.9 + 1e-9
    assert p.refused >= 0


def test_no_patients_is_an_error(disease):
    with pytest.raises(PopulationError, match="Cannot draw 0 patients"):
        Population.sample(disease, 0, 1)


def test_an_unknown_histology_is_an_error(disease):
    with pytest.raises(PopulationError, match="no histology 'melanona'"):
        Population.sample(disease, 5, 1, shares={"melanona": 1})


@pytest.mark.parametrize(
    ("law", "centre", "spread", "statistic", "expected"),
    [
        ("", 2.0, 0.5, np.median, 2.0),
        ("sdlog", 2.0, 1.0, lambda x: np.std(np.log(x)), 1.0),
        ("normal", 2.0, 0.5, np.std, 0.5),
        ("logit", 0.2, 1.0, np.median, 0.2),
        ("uniform", 2.0, 0.5, np.max, 2.5),
        ("exponential", 2.0, 0.0, np.mean, 2.0),
        ("poisson", 3.0, 0.0, np.var, 3.0),
        ("bernoulli", 0.3, 0.0, np.mean, 0.3),
        ("beta", 1.0, 0.0, np.mean, 0.6),
    ],
)
def test_each_law_has_the_centre_and_spread_it_names(law, centre, spread, statistic, expected):
    x = draw(7, "test.path", np.arange(40_000), np.full(40_000, centre), spread, law, (3.0, 2.0))
    assert statistic(x) == pytest.approx(expected, rel=0.03)


def test_streams_of_two_purposes_differ():
    assert stream(1, "a").random() != stream(1, "b").random()


@pytest.mark.parametrize("size", [1, 7, 40])
def test_patients_are_the_same_in_pieces_of_any_size(disease, size):
    sampler = Sampler(disease, 3)
    whole = sampler.table(0, 40)
    pieces = [sampler.table(a, min(a + size, 40)) for a in range(0, 40, size)]
    assert pd.concat(pieces).equals(whole)
    assert whole.equals(Population.sample(disease, len(whole), 3).table)


def test_the_first_block_of_a_stream_is_the_stream_itself():
    plain = stream(1, "a").standard_normal(BLOCK)
    assert (normals(1, "a", np.arange(BLOCK)) == plain).all()


def test_a_draw_is_the_same_from_wherever_one_comes_to_it():
    late = np.array([3 * BLOCK + 5, 5, BLOCK - 1, BLOCK])
    alone = [normals(1, "a", np.array([i]))[0] for i in late]
    assert normals(1, "a", late).tolist() == alone
    assert len(set(alone)) == 4  # blocks do not repeat


def test_one_singular_patient_does_not_change_the_others():
    jacobian = np.array([[[2.0, 1.0], [1.0, 3.0]], [[1.0, 1.0], [1.0, 1.0]]])
    f = np.array([[1.0, 2.0], [1.0, 1.0]])
    assert (_solve(jacobian, f)[0] == _solve(jacobian[:1], f[:1])[0]).all()


def test_a_negative_seed_is_an_error(disease):
    with pytest.raises(PopulationError, match="The seed is -1"):
        Population.sample(disease, 5, -1)
