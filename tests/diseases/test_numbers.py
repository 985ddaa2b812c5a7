"""The engine's numbers through a course of 14 doses of the whole disease (quick to run)."""

from __future__ import annotations

import ctypes
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import odeint

from immunarium import registry
from immunarium.core import evaluate, gradient, symbol
from immunarium.engine import TICKS_PER_HOUR, Dose, Plan, compile_model, run
from immunarium.engine.context import Sizes, make_context
from immunarium.engine.ir import BYTES
from immunarium.population import Population

HOUR = TICKS_PER_HOUR
DISEASE = registry.disease("metastatic_cancer")
GRAPH = Population.typical(DISEASE).graph
DOSES = [8.0 * i for i in range(14)]
LENGTH, END = 0.25, 120.0  # h
STOPS = sorted({*DOSES, *np.add(DOSES, LENGTH), END})
RECORD = np.unique([*np.arange(0.0, END + 0.5, 0.5), *np.add(DOSES, 0.1), *STOPS])
NMOL_PER_KG = 600_000 * 1e6 / (16.36e6 * 15_300)  # 16.36 MIU/mg, 15.3 kDa


@pytest.fixture(scope="module")
def patients():
    """Parameters, starts and doses of a typical patient and three drawn ones."""
    drawn = Population.sample(DISEASE, 3, seed=11, shares=dict.fromkeys(DISEASE.histologies, 1.0))
    people = [Population.typical(DISEASE), drawn]
    weight = np.concatenate([p.table["patient.weight"] for p in people])
    return (
        np.vstack([p.parameters() for p in people]),
        np.vstack([p.initial() for p in people]),
        NMOL_PER_KG * weight,
    )


class Rates:
    """The rates of one patient and their derivatives, compiled, for SciPy."""

    def __init__(self, parameters):
        n = len(GRAPH.states)
        rows = [gradient(r, GRAPH.states) for r in GRAPH.rates]
        entries = {(i, j): d for i, row in enumerate(rows) for j, d in row.items()}
        self.values = [*GRAPH.rates, *entries.values()]
        place = {name: j for j, name in enumerate(GRAPH.states)}
        self.at = np.array([(i, place[j]) for i, j in entries]).T
        outputs = {str(k): value for k, value in enumerate(self.values)}
        self.kernel = compile_model(GRAPH, outputs, {})
        self.context = make_context(self.kernel, Sizes(0, 0, -1), 1e-6, 0)
        at = self.kernel.layout
        w = self.context.w
        w[at.raw : at.raw + len(parameters)] = parameters[:, None]
        self.y, self.seen = w[at.y : at.y + n], w[at.watched : at.watched + len(self.values)]
        self.infused = w[at.inputs + GRAPH.inputs.index("@il2.central")]
        call = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
        call(self.kernel.functions.prepare)(self.context.base, self.context.base)
        self.known = dict(zip(GRAPH.parameters, parameters, strict=True))
        self.observe = call(self.kernel.functions.observe)

    def both(self, y):
        self.y[:] = y[:, None]
        base = self.context.base
        self.observe(base, base + self.kernel.layout.watched * BYTES)
        return self.seen[:, 0]

    def rates(self, y, t):
        return self.both(y)[: len(y)].copy()

    def jacobian(self, y, t):
        out = np.zeros((len(y), len(y)))
        out[tuple(self.at)] = self.both(y)[len(y) :]
        return out

    def by_core(self, y):
        return np.array(evaluate(self.values, self.known_at(y)), dtype=float)

    def known_at(self, y):
        inputs = dict.fromkeys(GRAPH.inputs, 0.0) | {"@il2.central": self.infused[0]}
        return self.known | inputs | dict(zip(GRAPH.states, y, strict=True))

    def rounding(self, y):
        """Return what rounding leaves where the flows of a state cancel, as they do at rest."""
        laws = np.abs(evaluate([f.law for f in GRAPH.flows], self.known_at(y)))
        out = np.zeros(len(self.values))
        for flow, size in zip(GRAPH.flows, laws, strict=True):
            for state in (*flow.left, *flow.right):
                out[GRAPH.states.index(state)] += 4 * np.finfo(float).eps * size
        return out

    def follow(self, y, amount):
        """Return the states at RECORD, by LSODA (which is BDF here), from stop to stop."""
        out = [y]
        for low, high in pairwise(STOPS):
            self.infused[:] = amount / LENGTH if low in DOSES else 0.0
            inside = RECORD[(low < RECORD) & (high >= RECORD)]
            got, said = odeint(
                self.rates, y, [low, *inside], Dfun=self.jacobian, rtol=1e-11,
                atol=1e-14 * GRAPH.scales, mxstep=100_000, full_output=True,
            )  # fmt: skip
            assert said["message"] == "Integration successful."
            out.extend(got[1:])
            y = got[-1]
        return np.array(out)


def by_engine(graph, patients, rtol):
    parameters, initial, amounts = patients
    kernel = compile_model(graph, {s: symbol(s) for s in graph.states}, {})
    doses = tuple(
        Dose(round(at * HOUR), round(LENGTH * HOUR), "il2.central", amounts, "aldesleukin", 1)
        for at in DOSES
    )
    ticks = np.rint(RECORD * HOUR).astype(np.int64)
    got = run(kernel, initial, parameters, Plan(doses, (), ticks[-1], ticks, (), None), rtol=rtol)
    assert not got.failed.any()
    return got.recorded


@pytest.fixture(scope="module")
def by_scipy(patients):
    return np.array([Rates(p).follow(y, amount) for p, y, amount in zip(*patients, strict=True)])


def test_compiled_rates_and_derivatives_are_those_of_the_model(patients, by_scipy):
    rates = Rates(patients[0][1])
    for y in by_scipy[1, ::40]:
        want = rates.by_core(y)
        error = np.abs(rates.both(y) - want)
        assert error.max() <= 1e-12 * np.abs(want).max()
        assert (error <= 1e-9 * np.abs(want) + 1e-15 + rates.rounding(y)).all()


@pytest.mark.parametrize(("rtol", "accuracy"), [(1e-9, 1e-6), (1e-6, 1e-4)])
def test_every_species_agrees_with_scipy_through_a_course(rtol, accuracy, patients, by_scipy):
    error = np.abs(by_engine(GRAPH, patients, rtol) - by_scipy)
    error /= np.maximum(np.abs(by_scipy), GRAPH.scales)
    worst = error.max(axis=(0, 1))
    assert worst.max() < accuracy, GRAPH.states[worst.argmax()]


def test_every_molecule_of_il2_is_accounted_for(patients):
    parameters, initial, amounts = patients
    value = GRAPH.value
    gone = value("il2.CL") * value("il2.plasma") - value("il2.secretion_0")
    gone = gone - value("antigen.secretion")
    for place, free in (("blood", "il2.plasma"), ("organ", "il2.organ_free")):
        for pool in ("treg", "tconv", "cd8", "nk"):
            gone = gone + value(f"{pool}.uptake_{place}") * value(free)
    ledger = replace(
        GRAPH,
        states=(*GRAPH.states, "gone"),
        rates=(*GRAPH.rates, gone),
        scales=np.append(GRAPH.scales, 1.0),
    )
    start = np.hstack([initial, np.zeros((len(initial), 1))])
    curves = by_engine(ledger, (parameters, start, amounts), 1e-8)
    counted = [i for i, s in enumerate(ledger.states) if s.startswith("il2.") or s == "gone"]
    total = curves[:, :, counted].sum(axis=2)
    doses = np.clip((RECORD[:, None] - np.array(DOSES)) / LENGTH, 0, 1).sum(axis=1)
    given = amounts[:, None] * doses
    assert np.all(np.abs(total - total[:, :1] - given) < 1e-6 * given[:, -1:])


def test_nobody_breaks_the_solver_without_holds_or_support():
    drawn = Population.sample(DISEASE, 200, seed=3, shares=dict.fromkeys(DISEASE.histologies, 1.0))
    kernel = compile_model(GRAPH, {"plasma": GRAPH.value("fluid.plasma")}, {})
    amounts = NMOL_PER_KG * drawn.table["patient.weight"].to_numpy()
    doses = tuple(
        Dose(round((at + days * 24) * HOUR), HOUR // 4, "il2.central", amounts, "aldesleukin", 1)
        for days in (0, 12)
        for at in DOSES
    )
    plan = Plan(doses, (), 30 * 24 * HOUR, np.arange(0, 30 * 24, 4) * HOUR, (), None)
    got = run(kernel, drawn.initial(), drawn.parameters(), plan, rtol=1e-3)
    assert not got.failed.any()
    assert got.recorded.min() > 0.1
