"""A simulation of any size, written to disk as it goes, by this machine or many."""

from __future__ import annotations

import hashlib
import os
import platform
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import xarray as xr

from immunarium.core import Disease, Expr, ImmunoError, Therapy, topological
from immunarium.dosing import Regimen
from immunarium.engine.counts import Counts
from immunarium.engine.crew import Crew, Here, Processes, WorkersLostError, uninterrupted
from immunarium.engine.store import Store, StoreError, Variable
from immunarium.trial import assess
from immunarium.trial.bench import Progress
from immunarium.trial.ctcae import grade_rows
from immunarium.trial.protocol import TrialError
from immunarium.trial.simulation import FULL, QUANTILES, Rows, Simulation, quantile_variables

Lookup = Callable[[str], tuple[Disease, Mapping[str, Therapy]]]
_PACKAGES = ("immunarium", "numpy", "numba", "llvmlite", "zarr")
_HERE = 512  # patients from which on new processes are worth their start
_PIECE_BYTES, _PIECE_DRAWS = 2**26, 1000  # of one piece of work
_SAFE_AFTER = 20.0  # s: patients wait no longer than this to be put on disk
_BASKET_BYTES = 2**26


class Interrupted(KeyboardInterrupt):
    """A run that somebody stopped; what is kept, and how to go on."""


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
    return _hash(repr(names), graph.scales.tobytes().hex(), *_written(expressions))


def _hash_of_tables(simulation: Simulation) -> str:
    """Of the numbers, the doses a typical patient would get, and the grades."""
    numbers = [
        f"{histology} {path} {x.spread!r} {x.law} {x.shape!r} {x.rest}"
        for histology, tables in simulation.sampler.tables.items()
        for path, x in tables.items()
    ]
    every = [x.centre for t in simulation.sampler.tables.values() for x in t.values()]
    given = [f"{d.tick} {d.duration} {d.target} {d.amounts.tolist()}" for d in simulation.doses]
    bounds = [f"{b.path} {b.at_least!r} {b.at_most!r}" for b in simulation.disease.plausible]
    shares = [f"{h} {s!r}" for h, s in simulation.disease.shares.items()]
    grades = [f"{r['term']} {r['grade']} {r['condition']}" for r in grade_rows()]
    return _hash(*numbers, *_written(every), *given, *bounds, *shares, *grades)


def _written(roots: Iterable[Expr]) -> Iterable[str]:
    """Every node once, by the places of its arguments; then the places of the roots."""
    roots = list(roots)
    place: dict[int, int] = {}
    for i, node in enumerate(topological(roots)):
        place[node.serial] = i
        yield f"{node.op} {node.value!r} {[place[a.serial] for a in node.args]}"
    yield repr([place[r.serial] for r in roots])


def _hash(*lines: str) -> str:
    return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()


# --------------------------------------------------------------------- what each process does


@dataclass(frozen=True)
class _Piece:
    """Follows the patients of some draws, in whatever process it finds itself."""

    asked: Asked
    manifest: tuple[tuple[str, Any], ...]

    def __call__(self, first: int, last: int) -> Rows:
        return _ready(self).rows(first, last)


_one_at_a_time = threading.Lock()


def _ready(piece: _Piece) -> Simulation:
    with _one_at_a_time:
        return _made(piece)


@lru_cache(maxsize=2)
def _made(piece: _Piece) -> Simulation:
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


# ----------------------------------------------------------------------- who puts it together


class Ensemble:
    """A run of any number of patients, in one folder.

    Parameters
    ----------
    asked : Asked
        The run.
    folder : Path, optional
        Where; by default ``runs/`` and a name that the same words give again.

    Raises
    ------
    ImmunoError
        The run cannot be run.
    """

    def __init__(self, asked: Asked, folder: Path | None = None) -> None:
        if not 0 < asked.n <= 10_000_000:
            raise TrialError(
                f"Cannot draw {asked.n} patients. Write a number from 1 to 10,000,000."
            )
        self.asked, self.simulation = asked, asked.simulation()
        self.manifest = asked.manifest(self.simulation)
        short = _hash(repr(sorted(self.manifest.items())))[:10]
        self.folder = folder or Path("runs", f"{asked.disease}-{short}")

    def run(
        self,
        *,
        workers: int | None = None,
        scheduler: str | None = None,
        piece: int | None = None,
        progress: Progress | None = None,
    ) -> bool:
        """Follow the patients that are not yet there.

        Parameters
        ----------
        workers : int, optional
            Processes of this machine; all processors if not given.
        scheduler : str, optional
            Address of a Dask scheduler, whose workers are asked in their place.
        piece : int, optional
            Draws handed out at a time; changes nothing but the time it takes.
        progress : callable, optional
            Told how many patients are done, and how many of those failed.

        Returns
        -------
        bool
            Whether there was anything left to do.

        Raises
        ------
        ImmunoError
            A folder that cannot be used, a disk that is full, workers that die.
        Interrupted
            Ctrl-C; what was done is kept.
        """
        store = Store(self.folder, self.manifest)
        try:
            if store.finished:
                return False
            _Filling(self, store, piece, progress or (lambda done, failed: None)).all(
                workers or os.cpu_count() or 1, scheduler
            )
            return True
        finally:
            store.close()

    def open(self) -> xr.Dataset:
        """Open what is there, without reading it yet."""
        return xr.open_zarr(self.folder, chunks=None)


class _Filling:
    """The loop that hands out pieces, takes their patients in order and puts them on disk."""

    def __init__(self, run: Ensemble, store: Store, piece: int | None, progress: Progress) -> None:
        self.run, self.store, self.simulation, self.n = run, store, run.simulation, run.asked.n
        self.progress, self.piece = progress, piece
        self.basket: list[Rows] = []
        self.weight, self.since = 0, float("-inf")  # the first patients are put there at once
        self.found, self.failed, self.drawn = store.stored, store.failed, store.drawn
        self.counts = self._counts()

    def _counts(self) -> Counts | None:
        if self.run.asked.keep != QUANTILES:
            return None
        counts = Counts(self.simulation.paths, len(self.simulation.time.data))
        if self.store.stored:
            self.store.restore(counts)
        return counts

    def all(self, workers: int, scheduler: str | None) -> None:
        """Follow all patients that are left, then close the run."""
        crew, most = self._crew(workers, scheduler)
        try:
            self.progress(self.found, self.failed)
            self._take(crew, most)
        except StoreError:
            raise
        except BaseException as e:
            self._flush()
            if isinstance(e, KeyboardInterrupt):
                raise Interrupted(f"Interrupted. {self._kept()}") from None
            if isinstance(e, WorkersLostError):
                raise WorkersLostError(f"{e} {self._kept()}") from None
            raise
        finally:
            crew.stop()
        self._flush()
        self._finish()

    def _kept(self) -> str:
        if not self.store.stored:
            return "Nothing was written."
        return (
            f"{self.store.stored:,} of {self.n:,} patients are kept in {self.run.folder}. "
            f"Write the same command again to go on."
        )

    def _crew(self, workers: int, scheduler: str | None) -> tuple[Crew, int]:
        """Who does it, and how many draws to hand out at a time."""
        left, simulation = self.n - self.found, self.simulation
        most = max(1, min(_PIECE_DRAWS, _PIECE_BYTES // simulation.size))
        piece = _Piece(self.run.asked, tuple(self.run.manifest.items()))
        if scheduler is not None:
            from immunarium.engine.cluster import Cluster

            return Cluster(piece, scheduler), self.piece or most
        if left > _HERE:
            return Processes(piece, workers), self.piece or most

        def here(first: int, last: int) -> Rows:
            def told(done: int, failed: int) -> None:
                self.progress(min(self.found + done, self.n), self.failed + failed)

            return simulation.rows(first, last, workers=workers, progress=told)

        return Here(here), self.piece or 8 * most

    def _take(self, crew: Crew, most: int) -> None:
        """Take pieces in the order of their draws until there are patients enough."""
        underway: deque[tuple[int, int, Any]] = deque()
        coming = first = self.drawn
        had = self.found
        while self.found < self.n:
            share = max(self.found - had, 1) / max(self.drawn - first, 2)  # of draws, plausible
            while len(underway) < crew.room:
                left = self.n - self.found - share * (coming - self.drawn)
                if left <= 0 and underway:
                    break
                size = max(1, min(most, int(left / share) + 1))
                underway.append((coming, coming + size, crew.start(coming, coming + size)))
                coming += size
            try:
                rows = crew.wait(underway[0][2], 0.5)
            except TimeoutError:
                self.progress(self.found, self.failed)
                continue
            self._put(rows, underway.popleft()[1])

    def _put(self, rows: Rows, drawn: int) -> None:
        """Take the patients of the next piece in."""
        self.drawn = drawn
        self.simulation.sampler.check(self.found + len(rows), drawn)
        rows = rows.first(self.n - self.found)
        if len(rows):
            if self.counts is not None:
                self.counts.add(rows.codes)
            self.basket.append(Rows(rows.variables))
            self.weight += rows.weight
            self.found, self.failed = self.found + len(rows), self.failed + rows.failed
        self.progress(self.found, self.failed)
        if self.weight > _BASKET_BYTES or time.monotonic() > self.since + _SAFE_AFTER:
            self._flush()

    def _flush(self) -> None:
        """Put what waits on disk."""
        with uninterrupted():
            if self.basket:
                rows = Rows.together(self.basket)
                drawn = int(rows["patient"].data[-1]) + 1
                self.store.add(
                    rows, {"time": self.simulation.time}, self.simulation.attributes(),
                    self.n, drawn, sum(b.failed for b in self.basket), self.counts,
                )  # fmt: skip
            self.basket, self.weight, self.since = [], 0, time.monotonic()

    def _finish(self) -> None:
        others: dict[str, Variable] = {}
        if self.counts is not None:
            shares = assess.QUANTILES
            found = self.counts.quantiles(shares)
            others = quantile_variables(self.simulation, found, shares, self.simulation.paths)
        self.store.finish(others, {"implausible draws": self.store.drawn - self.n})
