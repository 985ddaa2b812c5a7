"""Plasma exchange as a regimen: its text, what it draws, what comes back, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from immunarium import registry
from immunarium.core import (
    Entry,
    Fluid,
    Fluids,
    ImmunoError,
    Model,
    Module,
    Parameter,
    Procedure,
    RouteTarget,
    Species,
    TableError,
    Therapy,
)
from immunarium.dosing import Dose, Regimen, RegimenError, ResolvedDose, resolve, told
from immunarium.engine import TICKS_PER_HOUR, Plan, compile_model, run
from immunarium.engine import Dose as Event


class Pool(Module):
    """What may be drawn, of the test's own."""

    volume = Parameter("L", "plasma volume")
    igg = Species("mg", "a protein", exchangeable="volume")
    factor = Species("1", "a factor, of its own baseline", exchangeable="volume")
    calcium = Species("nmol", "an ion", exchangeable="volume")
    toxin = Species("nmol", "what only this test has", exchangeable="volume")
    outside = Species("mg", "in tissue", doseable=True)


GRAPH = Model(Pool("pool"), wires={}).graph
PATIENTS = pd.DataFrame(
    {"patient.weight": [70.0, 100.0], "patient.plasma_volume": [3.0, 4.0]}, index=[7, 8]
)
ONE = "exchange 1 PV over 2 h once with albumin 5 %"


def table(folder: Path, name: str, *rows: str) -> Path:
    path = folder / name
    lines = ["instance\tname\tvalue\tunit\tevidence\tsource", *(f"{r}\tassumed\tt" for r in rows)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def therapies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Therapy]:
    at = tmp_path_factory.mktemp("tables")
    plasma = [Fluid("albumin 5 %", ""), Fluid("FFP", ""), Fluid("saline", "")]
    fluids = Fluids(
        tuple(plasma),
        (Fluid("calcium", ""),),
        table(
            at, "fluids.tsv", "FFP\tpool.factor\t0.9\t1", "FFP\tpool.igg\t10\tg/L",
            "FFP\tpool.calcium\t2\tmmol/L", "calcium\tpool.calcium\t2\tmmol/L",
            "FFP\tnowhere.else\t5\tmg/L",
        ),
    )  # fmt: skip
    sieving = table(at, "s.tsv", "\tpool.igg\t0.5\t1", "\tabsent.species\t3\t1")
    adds = table(at, "a.tsv", "\tpool.calcium\t1\tnmol/L")
    none = table(at, "n.tsv", "\tother\t0\t1", "\tpool\t0.25\t1")
    content = table(at, "d.tsv", "\tinto\t0.75\tmg/mg", "\tlevel\t2\tL/g", "\tvial\t500\tmg")
    also = (Entry("pool.factor", "level", "patient.plasma_volume"), Entry("no.where", "into"))
    return {
        "exchange": Procedure("exchange", "", table=sieving, adds=adds, fluids=fluids),
        "column": Procedure("column", "", table=none),
        "globulin": Therapy(
            "globulin", "", "mg", {"IV": RouteTarget("pool.igg", content="into", also=also)},
            table=content,
        ),
        "pill": Therapy("pill", "", "mg", {"IV": RouteTarget("pool.outside")}),
        "depot": Therapy(
            "depot", "", "mg", {"SC": RouteTarget("pool.outside", also=also[:1])}, table=content
        ),
    }  # fmt: skip


def entries(text: str, therapies: dict[str, Therapy]) -> dict[str, ResolvedDose]:
    doses = resolve(Regimen.parse(text), therapies, PATIENTS, GRAPH)
    assert [d.counts for d in doses] == [True] + [False] * (len(doses) - 1)
    return {d.target: d for d in doses}


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("plasma_exchange 1.0 PV over 2.5 h every other day x 5 with albumin 5%",
         "plasma_exchange 1 PV over 150 min every other day x 5 with albumin 5 %"),
        ("pe 40 mL/kg over 2 h once with 70% albumin 5 % and 30 % saline from day 12",
         "pe 40 mL/kg over 2 h once with 70 % albumin 5 % and 30 % saline from day 12"),
        ("pe 3 L over 3 h with albumin 5 % with calcium; pill 1 mg IV once",
         "pe 3 L over 3 h once with albumin 5 % with calcium; pill 1 mg IV once"),
        ("pe 2.5 PV over 5 h on days 0, 2, 4", "pe 2.5 PV over 5 h on days 0, 2, 4"),
        ("pe 1 PV over 2 h on days 0, 2, 4 with FFP; pill 1 mg IV once",
         "pe 1 PV over 2 h on days 0, 2, 4 with FFP; pill 1 mg IV once"),
        ("pe 1 PV over 2 h once with FFP; reduce pe to 50 % when day >= 3",
         "pe 1 PV over 2 h once with FFP; reduce pe to 50 % when day >= 3"),
    ],
)  # fmt: skip
def test_a_session_is_text_objects_and_text_again(text: str, same: str):
    regimen = Regimen.parse(text)
    assert str(regimen) == same
    assert Regimen.parse(same) == regimen == Regimen(regimen.items, regimen.rules)


def test_the_event_table_has_the_volume_and_the_fluid(therapies):
    row = Regimen.parse(ONE).table(therapies).iloc[0]
    wanted = {"AMT": 1.0, "DUR": 2.0, "CMT": ".", "ROUTE": ".", "FLUID": "albumin 5 %"}
    assert row[list(wanted)].to_dict() == wanted


def test_every_exchangeable_species_is_drawn_even_one_that_no_table_names(therapies):
    got = entries(ONE, therapies)
    drawn = {t: list(d.amounts) for t, d in got.items() if t.startswith("clear:")}
    assert drawn == {
        "clear:pool.igg": [1.5, 2.0],  # sieving 0.5
        "clear:pool.factor": [3.0, 4.0],
        "clear:pool.calcium": [3.0, 4.0],
        "clear:pool.toxin": [3.0, 4.0],
    }
    assert got["clear:pool.igg"].counts


def test_volumes_are_measured_in_plasma_volumes_litres_or_by_weight(therapies):
    for text, wanted in (("1.5 PV", [4.5, 6.0]), ("2 L", [2, 2]), ("20 mL/kg", [1.4, 2.0])):
        got = entries(f"exchange {text} over 3 h once with saline", therapies)
        assert got["clear:pool.toxin"].amounts == pytest.approx(wanted)


def test_a_fluid_brings_levels_concentrations_and_what_is_added(therapies):
    got = entries("exchange 1 PV over 2 h once with FFP with calcium", therapies)
    assert got["pool.factor"].amounts == pytest.approx([0.9, 0.9])  # a level, of one volume
    assert got["pool.igg"].amounts == pytest.approx([30_000, 40_000])
    calcium = sum(
        d.amounts
        for d in resolve(
            Regimen.parse("exchange 1 PV over 2 h once with FFP with calcium"),
            therapies, PATIENTS, GRAPH,
        )
        if d.target == "pool.calcium"
    )  # fmt: skip
    assert calcium == pytest.approx([3 * 4e6 + 3, 4 * 4e6 + 4])  # 2 + 2 mmol/L, and 1 nmol/L
    half = entries("exchange 1 PV over 2 h once with 50 % FFP and 50 % saline", therapies)
    assert half["pool.igg"].amounts == pytest.approx([15_000, 20_000])
    assert "nowhere.else" not in got


def test_a_column_takes_what_it_binds_and_gives_the_rest_back(therapies):
    got = entries("column 2 PV over 4 h once", therapies)
    assert {t: d.amounts[0] for t, d in got.items()} == dict.fromkeys(
        ("clear:pool.igg", "clear:pool.factor", "clear:pool.calcium", "clear:pool.toxin"), 1.5
    )


def test_a_dose_carries_its_contents_and_leaves_out_what_the_model_lacks(therapies):
    got = entries("globulin 10 mg/kg IV over 1 h once", therapies)
    assert {t: list(d.amounts) for t, d in got.items()} == {
        "pool.igg": [525.0, 750.0],
        "pool.factor": pytest.approx([0.7 * 2 / 3, 2 / 4]),  # 2 L/g, in the patient's plasma
    }
    assert therapies["globulin"].amount_of("vial") == 500
    with pytest.raises(ImmunoError, match="Write it in vial or mg"):
        therapies["globulin"].amount_of("into")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("exchange 1 PV over 2 h once", "does not say what replaces the plasma. Write 'with'"),
        ("exchange 1 PV once with saline", "takes time. Say how long, as in 'over 2.5 h'"),
        ("exchange 1 PV IV over 2 h once", "'exchange 1 PV IV over 2 h' cannot be given: exchange "
         "is a procedure. Leave out IV."),
        ("exchange 1 PV over 2 h once with albumen 5 %", "Did you mean albumin 5 %?"),
        ("exchange 1 PV over 2 h once with saline with salt", "No fluid is called 'salt'"),
        ("exchange 1 mg IV once", "is a procedure. Leave out IV."),
        ("exchange 1 PV over 30 min once with saline", r"draws 6 L of plasma an hour, and patient "
         r"7 has 3 L. Write a longer time, at least 'over 1 h'"),
        ("exchange 9 L over 1 h once with saline", "patient 7 has 3 L"),
        ("column 1 PV over 2 h once with saline", "gives the plasma back. Leave out 'with saline'"),
        ("pill 1 L over 2 h once", "has no route. Write IV behind it."),
    ],
)  # fmt: skip
def test_what_cannot_be_given_says_what_to_write(text: str, says: str, therapies):
    with pytest.raises(ImmunoError) as e:
        resolve(Regimen.parse(text), therapies, PATIENTS, GRAPH)
    assert says in str(e.value)


@pytest.mark.parametrize(
    ("text", "word", "hint"),
    [
        ("pe 1 PV over 2 h once with", "", "A fluid is wanted here"),
        ("pe 1 PV over 2 h once with 70 % FFP and saline", "70", "'saline' has no share"),
        ("pe 1 PV over 2 h once with 70 % FFP and 20 % saline", "70", "make 90 %, not 100 %"),
        ("pill 1 mg IV once with saline", "saline", "Only a procedure has a fluid"),
        ("pill 1 mg over 2 h once", "over", "A route is one of IV, SC."),
        ("pe 0.02 PV/kg over 2 h once with FFP", "PV/kg", "PV is the patient's own plasma volume"),
    ],
)
def test_an_error_points_at_the_word(text: str, word: str, hint: str):
    with pytest.raises(RegimenError) as e:
        Regimen.parse(text)
    lines = str(e.value).splitlines()
    assert hint in lines[3]
    at = lines[2].index("^")
    assert lines[1][at:].startswith(word)


def test_nothing_to_draw_is_refused(therapies):
    class Drug(Module):
        """A drug that is nowhere."""

        amount = Species("mg", doseable=True)

    with pytest.raises(RegimenError, match="nothing in this model is in plasma"):
        resolve(Regimen.parse(ONE), therapies, PATIENTS, Model(Drug(), wires={}).graph)


def test_a_fluid_of_a_unit_that_fits_nothing_is_refused(tmp_path: Path):
    fluids = Fluids((Fluid("odd", ""),), (), table(tmp_path, "f.tsv", "odd\tpool.igg\t1\tmL/h"))
    odd = {"pe": Procedure("pe", "", fluids=fluids)}
    with pytest.raises(TableError, match=r"pool.igg is \[mL/h\] \(f.tsv, row 2\)"):
        resolve(Regimen.parse("pe 1 PV over 1 h once with odd"), odd, PATIENTS, GRAPH)


def left_of(text: str, therapies: dict[str, Therapy]) -> np.ndarray:
    kernel = compile_model(GRAPH, {s: GRAPH.value(s) for s in GRAPH.states}, {})
    doses = resolve(Regimen.parse(text), therapies, PATIENTS, GRAPH)
    events = [Event(d.tick, d.duration, d.target, d.amounts, d.drug) for d in doses]
    end = 12 * TICKS_PER_HOUR
    plan = Plan(tuple(events), (), end, np.array([end]), (), None)
    volumes = PATIENTS[["patient.plasma_volume"]].to_numpy()
    return run(kernel, np.full((2, 5), 100.0), volumes, plan, rtol=1e-9).recorded[:, 0]


def test_two_halves_one_behind_the_other_are_one_whole(therapies):
    whole = left_of("exchange 1 PV over 2 h once with FFP", therapies)
    halves = left_of("exchange 0.5 PV over 1 h every 1 h x 2 with FFP", therapies)
    assert whole[:, 1] == pytest.approx(0.9 + 99.1 * np.exp(-1), rel=1e-7)  # washed out, and in
    assert halves == pytest.approx(whole, rel=1e-7)


def test_the_order_of_statements_and_the_pace_change_nothing(therapies):
    a, b = "exchange 0.5 PV over 1 h once with saline", "globulin 5 mg/kg IV over 1 h once from 2 h"
    assert left_of(f"{a}; {b}", therapies) == pytest.approx(left_of(f"{b}; {a}", therapies))
    slow, fast = (left_of(f"exchange 1 PV over {h} h once with saline", therapies) for h in (8, 1))
    assert slow[:, 3] == pytest.approx(fast[:, 3], rel=1e-7)


def test_an_exchange_that_takes_a_drug_away_is_warned_of(therapies):
    globulin = "globulin 5 mg/kg IV over 4 h once"
    during = resolve(
        Regimen.parse(f"{globulin}; exchange 1 PV over 2 h daily x 2 with saline from 3 h"),
        therapies, PATIENTS, GRAPH,
    )  # fmt: skip
    assert told(during) == [
        "Warning: exchange on day 0.12 runs while globulin is infused, and removes it (2 sessions)."
    ]
    for text, lines in (
        (f"{globulin}; exchange 1 PV over 2 h once with saline from 10 h", 1),
        (f"{globulin}; exchange 1 PV over 2 h once with saline from 40 h", 0),
        (f"exchange 1 PV over 2 h once with saline; {globulin} from 3 h", 0),
        ("pill 1 mg IV over 4 h once; exchange 1 PV over 2 h once with saline", 0),
        ("depot 1 mg SC once; exchange 1 PV over 2 h once with saline", 0),
    ):
        found = told(resolve(Regimen.parse(text), therapies, PATIENTS, GRAPH))
        assert len(found) == lines
        assert all("6 h after globulin" in line for line in found)


def test_every_procedure_can_be_given_as_it_says():
    known = registry.therapies()
    procedures = [t for t in known.values() if isinstance(t, Procedure)]
    assert len(procedures) == 4
    for t in procedures:
        for row in (*t.rows.values(), *t.added):
            assert row.source
        for fluid in t.fluids.fluids if t.fluids else ():
            assert fluid.summary
            assert t.fluids is not None
            t.fluids.composition(f"{fluid.name.lower()} with calcium")


def test_a_dose_object_without_a_route_is_a_volume_of_plasma():
    assert str(Dose("pe", 1, "PV", "", "2 h", "FFP")) == "pe 1 PV over 2 h with FFP"
    with pytest.raises(RegimenError, match="A route is one of"):
        Dose("pe", 1, "mg", "")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("pe 1 pv over 2 h once with FFP", "Did you mean PV?"),
        ("pe 40 ml/kg over 2 h once with FFP", "Did you mean mL/kg?"),
        ("pe 3 l over 2 h once with FFP", "Did you mean L?"),
    ],
)
def test_a_volume_in_other_letters_is_refused_with_the_unit_that_was_meant(text, meant):
    with pytest.raises(RegimenError) as error:
        Regimen.parse(text)
    assert meant in str(error.value)
    assert "^" in str(error.value)
