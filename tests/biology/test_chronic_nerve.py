"""Chronic nerve, its natural course, and nodes closed by IgM: rest, repair and what IgG reaches."""

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from immunarium.biology.chronic_nerve import ChronicNerve
from immunarium.biology.fluctuation import Fluctuation
from immunarium.biology.node_block import NodeBlock
from immunarium.core import Needs, symbols
from immunarium.core.tables import read_rows
from immunarium.diseases.mmn import mmn
from immunarium.parameters import check_module

NERVE, NODE = ChronicNerve("chronic_nerve"), NodeBlock("node_block")
SWINGS = [Fluctuation(f"swing_{k}") for k in range(1, 7)]
DAYS = np.arange(0.0, 169.0, 7.0)
STATES = [
    f"chronic_nerve.{s}"
    for s in ("stripped", "repairing", "lost", "infiltrate", "closed", "disability")
]
AS_EVER = dict.fromkeys([n.thing.name for n in NERVE.declared(Needs)], 1.0) | {"fluctuation": 0.0}
UNTREATED = dict.fromkeys([n.thing.name for n in NODE.declared(Needs)], 1.0)


def rows(module):
    return {(r.instance, r.name): r for r in read_rows(module.table())}


def number(module, name, instance=""):
    return float(rows(module)[instance, name].value)


def course(alone, *paths, **changed):
    found = alone(NERVE, **(AS_EVER | changed)).follow([], 24 * DAYS, *(paths or STATES))
    return np.array(list(found.values()))


@pytest.mark.parametrize("module", [NERVE, NODE, SWINGS[0]])
def test_the_modules_pass_the_conformance_suite(module):
    check_module(module, *(SWINGS[1:] if module is SWINGS[0] else ()))


def test_swings_add_up_to_variance_1_and_are_remembered_for_months():
    swings = [s.name for s in SWINGS]
    for amplitude in ("level", "ahead"):
        spread = [rows(SWINGS[0])[s, amplitude].spread or 0.0 for s in swings]
        assert sum(x * x for x in spread) == pytest.approx(1, abs=1e-3)
    weights = np.square([rows(SWINGS[0])[s, "level"].spread or 0.0 for s in swings])
    paces = [number(SWINGS[0], "pace", s) for s in swings]
    days, tau = np.arange(1441), 240
    assert number(SWINGS[0], "tau") == tau
    correlation = np.cos(np.outer(days / tau, paces)) @ weights
    # what an arm of ICE (59 patients) could tell from exp(-t/240 d): one standard error
    assert correlation == pytest.approx(np.exp(-days / tau), abs=1 / sqrt(59))


def test_a_swing_keeps_its_size_for_a_year(alone):
    person = alone(SWINGS[5])
    person.population.table[["swing_6.level", "swing_6.ahead"]] = 0.3, -0.4
    days = np.arange(0.0, 365.0, 5.0)
    found = person.follow([], 24 * days, "swing_6.level", "swing_6.ahead")
    turned = number(SWINGS[0], "pace", "swing_6") * days / number(SWINGS[0], "tau")
    wanted = 0.3 * np.cos(turned) - 0.4 * np.sin(turned)
    assert found["swing_6.level"] == pytest.approx(wanted, abs=1e-4)
    assert np.hypot(*found.values()) == pytest.approx(0.5, abs=1e-4)


def test_the_untreated_nerve_is_at_rest_but_for_slow_loss_of_axons(alone):
    stripped, repairing, lost, infiltrate, closed, disability = course(alone)
    cut = number(NERVE, "axon_cut")
    for still in (stripped, repairing, infiltrate, closed, disability):
        assert still == pytest.approx(still[0], rel=2 * cut)
    assert 0 < lost[-1] - lost[0] < cut


def test_the_nerve_follows_its_equations(alone):
    phi, c3b, wave = 0.2, 0.4, 0.7
    found = course(alone, phi=phi, c3b=c3b, fluctuation=wave)
    n = {name: number(NERVE, name) for name in (
        "repair", "frailty", "axon_cut", "macrophage_share", "swing", "k_infiltrate", "fed",
        "untouched_plain", "k_node", "nodal", "regain",
    )}  # fmt: skip
    start = found[:, 0]
    healthy = 1 - start[:3].sum()
    u0, wi = n["repair"] * start[1] / healthy, n["untouched_plain"]
    harm = wi + (1 - wi) * (n["macrophage_share"] * phi + (1 - n["macrophage_share"]) * c3b)

    def rates(_, y):
        u = u0 * np.exp(n["swing"] * wave) * y[3] * harm
        strips, again = u * (1 - y[0] - y[1] - y[2]), n["frailty"] * u * y[1]
        cut, damage = n["axon_cut"] * u * y[0], (y[0] + y[1]) / (start[0] + start[1])
        return (
            strips + again - n["repair"] * y[0] - cut,
            n["repair"] * (y[0] - y[1]) - again,
            cut,
            n["k_infiltrate"] * (1 - n["fed"] + n["fed"] * damage - y[3]),
            n["k_node"] * (y[3] * harm - y[4]),
            (1 - (1 - y[0] - y[1] - y[2]) * (1 - n["nodal"] * y[4]) - y[5]) / n["regain"],
        )

    wanted = solve_ivp(rates, (0, DAYS[-1]), start, t_eval=DAYS, rtol=1e-9, atol=1e-12).y
    assert found == pytest.approx(wanted, abs=1e-6)


def test_repair_takes_time_to_show(alone):
    (myelinated,) = course(alone, "chronic_nerve.myelinated", phi=0.0, c3b=0.0)
    weekly = np.diff(myelinated)
    assert (weekly > 0).all()
    assert weekly[0] < weekly[1], "of one step alone, the first week would gain most"


def test_nodes_open_before_the_first_fibre_is_repaired(alone):
    paths = "chronic_nerve.strength", "chronic_nerve.myelinated"
    strength, myelinated = course(alone, *paths, phi=0.0, c3b=0.0)
    week = strength[1] / strength[0] - 1, myelinated[1] / myelinated[0] - 1
    assert week[0] > 2 * week[1]


def test_grip_improves_before_disability(alone):
    paths = "chronic_nerve.grip", "chronic_nerve.incat"
    grip, incat = course(alone, *paths, phi=0.0, c3b=0.0)
    assert (grip[1] - grip[0]) / np.ptp(grip) > (incat[0] - incat[1]) / np.ptp(incat)


def test_the_infiltrate_outlasts_the_block_and_so_relapse_is_slow(alone):
    stripped, repairing, _, infiltrate, *_ = course(alone, phi=0.0, c3b=0.0)
    block = (stripped + repairing) / (stripped[0] + repairing[0])
    assert infiltrate[12] > block[12] > 0


def test_of_the_refractory_most_of_the_attack_is_out_of_reach(alone):
    plain, refractory = (
        {"chronic_nerve.untouched": number(NERVE, f"untouched_{who}")}
        for who in ("plain", "refractory")
    )
    gains = []
    for rows_ in (plain, refractory):
        person = alone(NERVE, **(AS_EVER | {"phi": 0.0, "c3b": 0.0}))
        person.population = replace(
            person.population, table=person.population.table.assign(**rows_)
        )
        (strength,) = person.follow([], 24 * DAYS, "chronic_nerve.strength").values()
        gains.append(strength[-1] - strength[0])
    assert gains[1] < gains[0] / 2


def test_untreated_nodes_are_at_rest_and_scavenging_opens_them(alone):
    paths = "node_block.block", "node_block.grip"
    block, _ = alone(NODE, **UNTREATED).follow([], 24 * DAYS, *paths).values()
    assert block == pytest.approx(block[0])
    opened, stronger = (
        alone(NODE, **(UNTREATED | {"c3b": 0.3})).follow([], 24 * DAYS, *paths).values()
    )
    rate = number(NODE, "opening") / (1 - block[0])
    kept = number(NODE, "opening") + (rate - number(NODE, "opening")) * 0.3 ** number(NODE, "order")
    rest = 1 - number(NODE, "opening") / kept
    wanted = rest + (block[0] - rest) * np.exp(-kept * DAYS)
    assert opened == pytest.approx(wanted, abs=1e-6)
    assert (np.diff(stronger) > 0).all()


def test_exchange_takes_igm_and_c3_but_hardly_what_lies_on_the_node(alone):
    left = np.exp(-1)  # of all plasma proteins, after one plasma volume
    exchanged = alone(NODE, **(UNTREATED | {"igm": left, "c3b": left, "amplification": 1 / left}))
    (deposit,) = exchanged.follow([], [0.0, 1.0], "node_block.deposit").values()
    half = number(NODE, "bound_half")
    assert deposit[0] == pytest.approx((1 + half) * left / (left + half))
    assert deposit[0] > 0.8, "ten arms hold on"


def test_a_blocker_of_c5_opens_nodes_and_an_exchange_leaves_enough_of_it(alone):
    def block(c5):
        held = alone(NODE, **(UNTREATED | {"c5_free": c5}))
        return held.follow([], [0.0, 1e5], "node_block.block")["node_block.block"]

    untreated, last = block(0.007)
    share, half = number(NODE, "terminal"), number(NODE, "c5_half")
    odds = untreated / (1 - untreated)
    odds *= 1 - share + share * (1 + half) * 0.007 / (half + 0.007)
    assert last == pytest.approx(odds / (1 + odds), rel=1e-4)
    assert last < 0.85 * untreated
    assert block(np.exp(-1))[-1] > 0.97 * untreated, "one plasma volume"


def test_no_receptor_of_igg_reaches_the_node():
    model = mmn.build()
    rate = dict(zip(model.graph.states, model.graph.rates, strict=True))["node_block.block"]
    reads = {name.split(".")[0] for name in symbols(rate)}
    assert "igm" in reads
    assert not reads & {"autoantibody", "fc_receptor", "fcrn", "plasma_cells", "t_help"}
