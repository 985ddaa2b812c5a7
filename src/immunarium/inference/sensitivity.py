"""What a trial's outputs depend on: numbers of the tables and of the regimen, moved together."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from immunarium.core.progress import Progress
from immunarium.engine.crew import uninterrupted
from immunarium.engine.store import Store, StoreError, Variable
from immunarium.inference import indices
from immunarium.inference.experiment import Experiment, arm_of, cohort_of
from immunarium.inference.factors import WITHIN, Factor, Factors
from immunarium.inference.indices import SensitivityError
from immunarium.inference.outputs import Output, outputs
from immunarium.population import stream
from immunarium.trial import Trial
from immunarium.trial.asked import short_hash
from immunarium.trial.ensemble import Interrupted

Floats = NDArray[np.float64]
ALL = "all"
SAMPLES = {"sobol": 64, "morris": 6, "pawn": 500}
PATIENTS, TOP = 48, 6
SCREEN = (4, 24)  # trajectories, and patients at most, of a screening before another method
_NOTHING = 1e-6  # of the largest effect: less is the step control of the solver
_TOGETHER = 768  # patients that are followed at a time: what a killed run loses at most
_PACKAGES = ("immunarium", "numpy", "numba", "llvmlite", "salib", "scipy")


@dataclass(frozen=True)
class Sensitivity:
    """What came out.

    Attributes
    ----------
    study, arm, method : str
    outputs : tuple of Output
    factors : tuple of Factor
    indices : DataFrame
        Columns ``output factor`` and those of ``inference.indices.analyse``; the factors of an
        output in the order of what they matter.
    samples : Dataset
        ``x (sample, factor)`` in the unit of each factor, ``y (sample, output)``, ``lost
        (sample)``: patients that could not be followed; attribute ``as_it_is``: the outputs of
        the trial as it is written.
    patients : int
        Of the cohort; 0 for the typical patient.
    left_out : mapping of str to int
        Runs that say nothing, by output.
    screening : Sensitivity, optional
        Which chose the factors.
    folder : Path
        Of the run.
    manifest : dict
        What decides the bytes.
    """

    study: str
    arm: str
    method: str
    outputs: tuple[Output, ...]
    factors: tuple[Factor, ...]
    indices: pd.DataFrame
    samples: xr.Dataset
    patients: int
    left_out: dict[str, int]
    folder: Path
    screening: Sensitivity | None = None
    manifest: dict[str, Any] = field(default_factory=dict)

    def of(self, output: str) -> pd.DataFrame:
        """Return the indices of one output; row = factor, what matters most first."""
        return self.indices[self.indices["output"] == output].set_index("factor")

    def as_dict(self) -> dict[str, Any]:
        """Return everything but the samples, ready for JSON."""
        told = {
            "study": self.study, "arm": self.arm, "method": self.method, "patients": self.patients,
            "samples": int(self.samples.sizes["sample"]), "folder": str(self.folder),
            "outputs": [
                {"name": o.name, "unit": o.unit, "as_it_is": a, "left_out": self.left_out[o.name]}
                for o, a in zip(self.outputs, self.samples.attrs["as_it_is"], strict=True)
            ],
            "factors": [
                {k: getattr(f, k) for k in ("name", "low", "centre", "high", "unit", "basis",
                                            "evidence")}
                for f in self.factors
            ],
            "indices": self.indices.to_dict("records"),
            "manifest": self.manifest,
        }  # fmt: skip
        return told | ({"screening": self.screening.as_dict()} if self.screening else {})


def sensitivity(
    trial: Trial,
    endpoints: Sequence[str] = ("response",),
    *,
    arm: str | None = None,
    method: str = "sobol",
    over: str = ALL,
    within: float | None = None,
    samples: int | None = None,
    patients: int | None = None,
    top: int = TOP,
    seed: int = 1,
    folder: Path | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Sensitivity:
    """Say what the outputs of an arm depend on.

    What moves is the centre of a number: everybody moves with it, each keeping the distance that
    their own draw gave them. How much patients differ stays as it is. The cohort is the same in
    every run.

    Parameters
    ----------
    endpoints : sequence of str
        As ``inference.outputs.outputs`` reads them.
    arm : str, optional
        By default that of the first target among the endpoints, or the first.
    method : str
        ``sobol``, ``morris`` or ``pawn``.
    over : str
        Factors, as ``Factors.asked`` reads them; ``all`` for every row of the tables that has a
        spread, or is assumed or fitted. With ``all``, sobol and pawn come after a screening by
        Morris, over the ``top`` factors of it.
    within : float, optional
        Range of the rows without a spread, as a share of their centre; 0.3 with ``all``.
    samples : int, optional
        Base points (sobol), trajectories (morris) or points (pawn).
    patients : int, optional
        Of the cohort; 0 for the typical patient, who suits readings, not shares.
    folder : Path, optional
        Of the run; by default ``runs/`` and a name that the same words give again.
    progress : callable
        Told the work in hand, samples done, and of how many.

    Raises
    ------
    ImmunoError
        Something that cannot be run as it is written; SALib is missing; a folder of another run.
    Interrupted
        Ctrl-C; what was done is kept.
    """
    samples = SAMPLES.get(method, 0) if samples is None else samples
    patients = PATIENTS if patients is None else patients
    _check(method, samples, patients, top, within)
    given = arm_of(trial, arm, endpoints)
    typical = cohort_of(trial, 0, seed)
    read = outputs(endpoints, trial, typical.model.graph, given.name)
    factors, screened = _factors(Factors(typical, given.regimen), over, within)
    workers = workers or os.cpu_count() or 1

    def stage(
        method: str, factors: Sequence[Factor], samples: int, patients: int, place: str
    ) -> _Stage:
        people = cohort_of(trial, patients, seed)
        experiment = Experiment(trial, given, read, factors, people)
        return _Stage(method, experiment, samples, patients, seed, folder, place)

    if not screened or method == "morris":
        return stage(method, factors, samples, patients, method).run(workers, progress)
    few = min(patients, SCREEN[1])
    screening = stage("morris", factors, SCREEN[0], few, "screening").run(workers, progress)
    chosen = set(_most_telling(screening, top))
    kept = [f for f in factors if f.name in chosen]
    return stage(method, kept, samples, patients, method).run(workers, progress, screening)


def _check(method: str, samples: int, patients: int, top: int, within: float | None) -> None:
    """Refuse numbers that cannot be."""
    indices.check(method, samples)
    if patients < 0 or top < 1:
        raise SensitivityError("patients must be 0 or more, and top at least 1.")
    if within is not None and not 0 < within < 1:
        raise SensitivityError(f"within is {within:g}. Write a share between 0 and 1, like 0.3.")


def _factors(known: Factors, over: str, within: float | None) -> tuple[list[Factor], bool]:
    """Read what moves, and whether it is all that may: then a screening comes first."""
    words = [w.strip() for w in over.split(",") if w.strip()]
    others = ",".join(w for w in words if w != ALL)
    factors = [*known.asked(others, within)] if others or ALL not in words else []
    if ALL in words:
        names = {f.name for f in factors}
        factors += [f for f in known.screened(within or WITHIN) if f.name not in names]
    return factors, ALL in words


def _most_telling(screening: Sensitivity, top: int) -> list[str]:
    """Names of the factors that move some output most, as a share of what moves it most."""
    tables = [screening.of(o.name)["mu_star"] for o in screening.outputs]
    shares = [t / t.max() for t in tables if t.max() > 0]
    if not shares:
        raise SensitivityError(
            f"None of {len(screening.factors)} factors moved an output in the screening with "
            f"{screening.patients or 1} patients. Take more patients, or a wider range (--within)."
        )
    most = pd.concat(shares, axis=1).max(axis=1).sort_values(ascending=False, kind="stable")
    return [str(name) for name in most[most > _NOTHING].index[:top]]


class _Stage:
    """One design, run and stored."""

    def __init__(
        self, method: str, experiment: Experiment, samples: int, patients: int, seed: int,
        folder: Path | None, place: str,
    ) -> None:  # fmt: skip
        self.method, self.experiment, self.patients = method, experiment, patients
        self.factors = experiment.factors
        if not self.factors:
            raise SensitivityError("There is no factor with a range to move. Name some: --over …")
        self.seed = int(stream(seed, f"design of {method}").integers(1, 2**31 - 1))
        self.unit = indices.design(method, len(self.factors), samples, self.seed)
        self.manifest = {p: version(p) for p in _PACKAGES} | {
            "method": method, "samples": samples, **experiment.manifest(),
        }  # fmt: skip
        name = f"sensitivity-{experiment.trial.name}-{short_hash(repr(self.manifest))[:10]}"
        self.folder = (folder / place) if folder else Path("runs", name)

    def run(
        self, workers: int, progress: Progress | None, screening: Sensitivity | None = None
    ) -> Sensitivity:
        """Run what is not yet there, and analyse it."""
        store = Store(self.folder, self.manifest)
        try:
            self._fill(store, workers, progress or (lambda label, done, total: None))
        except KeyboardInterrupt:
            kept = f"{store.stored:,} of {len(self.unit):,} samples are kept in {self.folder}. "
            again = "Write the same command again to go on."
            raise Interrupted(f"Interrupted. {kept}{again}") from None
        finally:
            store.close()
        data = xr.open_zarr(self.folder, chunks=None).load()
        result = self._result(data, screening)
        _write_csv(result.indices, self.folder / "indices.csv")
        return result

    def _fill(self, store: Store, workers: int, progress: Progress) -> None:
        total, n = len(self.unit), len(self.experiment.patients)
        together = max(1, _TOGETHER // n)
        label = f"{self.method}, {len(self.factors)} factors"
        progress(label, store.stored, total)
        attrs = {} if store.stored else self._attributes(workers)
        while store.stored < total:
            block = self.unit[store.stored : store.stored + together]
            first = store.stored

            def told(done: int, failed: int, first: int = first) -> None:
                progress(label, first + done // n, total)

            y, lost = self.experiment(block, workers, told)
            with uninterrupted():
                done = first + len(block)
                store.add(self._rows(first, block, y, lost), self._labels(), attrs, total, done,
                          0, None)  # fmt: skip
            progress(label, store.stored, total)
        if not store.finished:
            with uninterrupted():
                store.finish({}, {})

    def _rows(
        self, first: int, block: Floats, y: Floats, lost: NDArray[np.int64]
    ) -> dict[str, Variable]:
        x = np.stack([f.at(block[:, j]) for j, f in enumerate(self.factors)], axis=1)
        numbers = np.arange(first, first + len(block), dtype=np.int64)
        return {
            "sample": Variable(("sample",), numbers, {}),
            "x": Variable(("sample", "factor"), x, {}),
            "y": Variable(("sample", "output"), y, {}),
            "lost": Variable(("sample",), lost, {"units": "1"}),
        }

    def _labels(self) -> dict[str, Variable]:
        read = self.experiment.reader.outputs

        def words(dim: str, texts: Sequence[str]) -> Variable:
            return Variable((dim,), np.array(texts, dtype=object), {})

        return {
            "factor": words("factor", [f.name for f in self.factors]),
            "output": words("output", [o.name for o in read]),
            "factor_unit": words("factor", [f.unit for f in self.factors]),
            "output_unit": words("output", [o.unit for o in read]),
        }

    def _attributes(self, workers: int) -> dict[str, Any]:
        return {"as_it_is": [float(v) for v in self.experiment.as_it_is(workers)]}

    def _result(self, data: xr.Dataset, screening: Sensitivity | None) -> Sensitivity:
        read, names = self.experiment.reader.outputs, [f.name for f in self.factors]
        tables: list[pd.DataFrame] = []
        left_out: dict[str, int] = {}
        for i, output in enumerate(read):
            y = data["y"].to_numpy()[:, i]
            table = indices.analyse(self.method, self.unit, y, names, self.seed)
            measure = indices.MEASURE[self.method]
            table = table.sort_values(measure, ascending=False, kind="stable")
            left_out[output.name] = indices.left_out(self.method, self.unit, y)
            table.insert(0, "output", output.name)
            tables.append(table.rename_axis("factor").reset_index())
        return Sensitivity(
            self.experiment.trial.name, self.experiment.arm.name, self.method, read, self.factors,
            pd.concat(tables, ignore_index=True), data, self.patients, left_out, self.folder,
            screening, self.manifest,
        )  # fmt: skip


def _write_csv(table: pd.DataFrame, file: Path) -> None:
    draft = file.with_suffix(".partial")
    try:
        table.to_csv(draft, index=False)
        os.replace(draft, file)
    except OSError as e:
        raise StoreError(f"Cannot write {file}: {e.strerror or e}.") from None
