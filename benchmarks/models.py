"""The models that are measured, and their problems written into folders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.printers import sources
from benchmarks.problem import Problem
from immunarium import registry
from immunarium.biology.cd8 import CD8
from immunarium.biology.il2 import IL2
from immunarium.biology.nk import NK
from immunarium.biology.patient import Patient
from immunarium.biology.receptor import Receptor
from immunarium.biology.tconv import Tconv
from immunarium.biology.trafficking import Trafficking
from immunarium.biology.treg import Treg
from immunarium.core import Constant, Disease, Model, evaluate
from immunarium.dosing import Regimen, ResolvedDose, resolve
from immunarium.engine import TICKS_PER_HOUR
from immunarium.population import Population

TARGET = "il2.central"
SEED = 1
TIMES = 200  # half of them until a day after the last dose


def _lymphocytes(*kinds: str) -> Model:
    """IL-2 and some of the lymphocytes that bind it, with no tumour and no cytokine beside it."""
    il2, flow = IL2(), Trafficking()
    made: dict[str, Any] = {"treg": Treg(), "tconv": Tconv(), "cd8": CD8(), "nk": NK()}
    cells = {k: made[k] for k in kinds}
    carriers = [c for k in kinds for c in (("nk_dim", "nk_bright") if k == "nk" else (k,))]
    receptors: dict[str, Any] = {c: Receptor(f"{c}_receptor") for c in carriers}
    wires: dict[Any, Any] = {
        il2.uptake_blood: [c.uptake_blood for c in cells.values()],
        il2.uptake_organ: [c.uptake_organ for c in cells.values()],
        il2.secretion: _none(il2.secretion),
        flow.ifn: _none(flow.ifn),
        flow.il2: il2.plasma,
        flow.treg_complexes: receptors["treg"].complexes_blood,
    }
    for r in receptors.values():
        wires |= {r.il2: il2.organ_free, r.il2_blood: il2.plasma}
    for k, cell in cells.items():
        wires |= _nk(cell, receptors, flow) if k == "nk" else _cell(k, cell, receptors[k], flow)
    return Model(Patient(), il2, flow, *receptors.values(), *cells.values(), wires=wires)


def _cell(kind: str, cell: Any, receptor: Any, flow: Any) -> dict[Any, Any]:
    regulatory = kind == "treg"
    return {
        cell.cell_uptake: receptor.uptake,
        cell.cell_uptake_blood: receptor.uptake_blood,
        cell.back: flow.T_back,
        cell.out: flow.treg_out if regulatory else flow.T_out,
        (cell.s if regulatory else cell.growth): receptor.s if regulatory else receptor.growth,
    }


def _nk(nk: Any, receptors: dict[str, Any], flow: Any) -> dict[Any, Any]:
    dim, bright = receptors["nk_dim"], receptors["nk_bright"]
    return {
        nk.bright_s: bright.s,
        nk.dim_growth: dim.growth,
        nk.bright_uptake: bright.uptake,
        nk.bright_uptake_blood: bright.uptake_blood,
        nk.dim_uptake: dim.uptake,
        nk.dim_uptake_blood: dim.uptake_blood,
        nk.out: flow.NK_out,
        nk.back: flow.NK_back,
        nk.recruited: _none(nk.recruited),
    }


def _none(need: Any) -> Constant:
    return Constant(0.0, need.unit)


def disease(name: str) -> Disease:
    """Return a model by its name: ``metastatic_cancer``, or some lymphocytes joined by ``+``."""
    if name == "lymphocytes":
        return disease("treg+tconv+cd8+nk")
    if name not in registry.names("diseases"):
        return Disease(name, "IL-2 and lymphocytes.", lambda: _lymphocytes(*name.split("+")))
    return registry.disease(name)


def draw(name: str, n: int) -> Population:
    """Draw the patients of a problem; the first of more are the same."""
    return Population.sample(disease(name), n, SEED)


def given(patients: Population, doses: int) -> list[ResolvedDose]:
    """Return 15-minute infusions of aldesleukin 600000 IU/kg every 8 h."""
    regimen = Regimen.parse(f"aldesleukin 600000 IU/kg IV over 15 min q8h x {doses}")
    return resolve(regimen, {"aldesleukin": registry.therapy("aldesleukin")}, patients.table)


def course(doses: int, days: float) -> dict[str, np.ndarray]:
    """Edges, where the inflow runs, and output times of a course, for a problem."""
    starts = 8.0 * np.arange(doses)
    edges = np.unique([0.0, 24.0 * days, *starts, *(starts + 0.25)])
    on = np.isin(edges[:-1], starts)
    return {"edges": edges, "on": on, "times": output_times(doses, days)}


def output_times(doses: int, days: float) -> np.ndarray:
    """Output times [h], in whole ms: half of them until a day after the last dose."""
    end, turn = 24 * days, min(8.0 * doses + 24, 12 * days)
    half = TIMES // 2
    first = np.linspace(0, turn, half + 1)[1:]
    last = np.linspace(turn, end, TIMES - half + 1)[1:]
    ticks = np.rint(np.concatenate([first, last]) * TICKS_PER_HOUR)
    ticks[:-1] += 7  # not at an edge, where solvers differ in what comes first
    return ticks / TICKS_PER_HOUR


def write(folder: Path, name: str, *, n: int, doses: int = 14, days: float = 60) -> Problem:
    """Write a problem without its reference, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    patients = draw(name, n)
    graph = patients.graph
    printed = sources(graph, f"@{TARGET}")
    values = patients.parameters()
    known = dict(zip(graph.parameters, values.T, strict=True))
    constants = [np.broadcast_to(c, (n,)) for c in evaluate(list(printed.constants), known)]
    np.savez(
        folder / "arrays.npz",
        y0=patients.initial(),
        values=values,
        constants=np.ascontiguousarray(np.stack(constants, axis=1)),
        inflow=given(patients, 1)[0].amounts / 0.25,
        **course(doses, days),
        scale=graph.scales,
        rows=np.array(printed.rows),
        columns=np.array(printed.columns),
    )
    names = {"states": graph.states, "parameters": graph.parameters, "target": TARGET}
    (folder / "names.json").write_text(json.dumps({**names, "model": name}))
    (folder / "rates.c").write_text(printed.c)
    (folder / "rates_numba.py").write_text(printed.numba)
    (folder / "rates_generic.py").write_text(printed.generic)
    return Problem.load(folder)
