"""A run in words: all that decides its bytes, and what any process makes of it."""

from __future__ import annotations

import hashlib
import platform
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from immunarium.core import Disease, ImmunoError, Therapy, written
from immunarium.dosing import Regimen
from immunarium.trial.assays import assays
from immunarium.trial.ctcae import grade_rows
from immunarium.trial.simulation import FULL, Rows, Simulation

Lookup = Callable[[str], tuple[Disease, Mapping[str, Therapy]]]
_PACKAGES = ("immunarium", "numpy", "numba", "llvmlite", "zarr")


@dataclass(frozen=True)
class Asked:
    """A run in words: all that decides its bytes.

    Attributes
    ----------
    lookup : callable
        Finds a disease, and the therapies, by name; importable, so that any process can.
    disease, regimen : str
    n : int
        Patients.
    days, seed, rtol, keep
        As for ``Simulation``.
    """

    lookup: Lookup
    disease: str
    regimen: str
    n: int
    days: float
    seed: int = 1
    rtol: float = 1e-6
    keep: str = FULL

    def simulation(self) -> Simulation:
        """Look everything up.

        Raises
        ------
        ImmunoError
            Something that cannot be run.
        """
        disease, therapies = self.lookup(self.disease)
        return Simulation(
            disease, therapies, Regimen.parse(self.regimen),
            days=self.days, seed=self.seed, rtol=self.rtol, keep=self.keep,
        )  # fmt: skip

    def manifest(self, simulation: Simulation) -> dict[str, Any]:
        """All that decides the bytes: versions, hashes of what is run, and what was asked."""
        out: dict[str, Any] = {name: version(name) for name in _PACKAGES}
        return out | {
            "python": ".".join(platform.python_version_tuple()[:2]),
            "disease": self.disease,
            "regimen": str(simulation.regimen),
            "patients": self.n,
            "days": self.days,
            "seed": self.seed,
            "rtol": self.rtol,
            "keep": self.keep,
            "model": _hash_of_model(simulation),
            "tables": _hash_of_tables(simulation),
        }


def _hash_of_model(simulation: Simulation) -> str:
    graph = simulation.bench.graph
    names = (graph.states, graph.parameters, graph.inputs, tuple(simulation.bench.outputs))
    expressions = [*graph.rates, *graph.derived.values(), *simulation.bench.outputs.values()]
    return short_hash(repr(names), graph.scales.tobytes().hex(), *written(expressions))


def _hash_of_tables(simulation: Simulation) -> str:
    """Of the numbers, the doses a typical patient would get, and the grades."""
    numbers = [
        f"{histology} {path} {x.spread!r} {x.law} {x.shape!r} {x.rest}"
        for histology, tables in simulation.sampler.tables.items()
        for path, x in tables.items()
    ]
    every = [x.centre for t in simulation.sampler.tables.values() for x in t.values()]
    given = [f"{d.tick} {d.duration} {d.target} {d.amounts.tolist()}" for d in simulation.doses]
    drugs = [simulation.therapies[name] for name in simulation.regimen.drugs]
    given += [f"{d.name} {r.name} {r.value} {r.unit}" for d in drugs for r in d.rows.values()]
    bounds = [f"{b.path} {b.at_least!r} {b.at_most!r}" for b in simulation.disease.plausible]
    shares = [f"{h} {s!r}" for h, s in simulation.disease.shares.items()]
    grades = [f"{r['term']} {r['grade']} {r['condition']}" for r in grade_rows()]
    more = [repr(e) for e in simulation.bench.hazards.events]
    if simulation.disease.lead_in:
        more.append(f"lead-in {simulation.disease.lead_in!r}")
    errors = map(str, assays().values()) if simulation.regimen.rules else ()  # rules see them
    return short_hash(*numbers, *written(every), *given, *bounds, *shares, *grades, *more, *errors)


def short_hash(*lines: str) -> str:
    """Return 32 characters that stand for some lines."""
    return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()


# --------------------------------------------------------------------- what each process does


@dataclass(frozen=True)
class Piece:
    """Follows the patients of some draws, in whatever process it finds itself."""

    asked: Asked
    manifest: tuple[tuple[str, Any], ...]

    def __call__(self, first: int, last: int) -> Rows:
        """Follow the plausible patients among these draws."""
        return _ready(self).rows(first, last)


_one_at_a_time = threading.Lock()


def _ready(piece: Piece) -> Simulation:
    with _one_at_a_time:
        return _made(piece)


@lru_cache(maxsize=2)
def _made(piece: Piece) -> Simulation:
    simulation = piece.asked.simulation()
    mine = piece.asked.manifest(simulation)
    for key, value in piece.manifest:
        if mine[key] != value:
            raise ImmunoError(
                f"A worker has another {key} than this run: {mine[key]} in place of {value}. "
                f"Install the same versions everywhere."
            )
    simulation.bench.slots.compile()  # here, where no two threads can
    return simulation
