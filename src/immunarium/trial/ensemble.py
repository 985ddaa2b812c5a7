"""A simulation of any size, written to disk as it goes, by this machine or many."""

from __future__ import annotations

import os
import time
from collections import deque
from pathlib import Path
from typing import Any

import xarray as xr

from immunarium.engine.counts import Counts
from immunarium.engine.crew import Crew, Here, Processes, WorkersLostError, uninterrupted
from immunarium.engine.store import Store, StoreError, Variable
from immunarium.trial import assess
from immunarium.trial.asked import Asked, Piece, short_hash
from immunarium.trial.bench import Progress
from immunarium.trial.protocol import TrialError
from immunarium.trial.simulation import QUANTILES, Rows, quantile_variables

_HERE = 512  # patients from which on new processes are worth their start
_PIECE_BYTES, _PIECE_DRAWS = 2**26, 1000  # of one piece of work
_SAFE_AFTER = 20.0  # s: patients wait no longer than this to be put on disk
_BASKET_BYTES = 2**26


class Interrupted(KeyboardInterrupt):
    """A run that somebody stopped; what is kept, and how to go on."""


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
        short = short_hash(repr(sorted(self.manifest.items())))[:10]
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
        try:
            crew, most = self._crew(workers, scheduler)
            try:
                self.progress(self.found, self.failed)
                self._take(crew, most)
            finally:
                crew.stop()
            self._flush()
            self._finish()
        except StoreError:
            raise
        except BaseException as e:
            self._flush()
            if isinstance(e, KeyboardInterrupt):
                raise Interrupted(f"Interrupted. {self._kept()}") from None
            if isinstance(e, WorkersLostError):
                raise WorkersLostError(f"{e} {self._kept()}") from None
            raise

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
        piece = Piece(self.run.asked, tuple(self.run.manifest.items()))
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
        with uninterrupted():
            self.store.finish(others, {"implausible draws": self.store.drawn - self.n})
