"""The patients of one arm, run again with the numbers of somebody else."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core.progress import Progress
from immunarium.inference.experiment import arm_of, cohort_of
from immunarium.inference.factors import rows_of
from immunarium.inference.indices import SensitivityError
from immunarium.inference.moved import Mover
from immunarium.inference.outputs import Reader, outputs
from immunarium.population import Population
from immunarium.trial import Arm, Trial

Floats = NDArray[np.float64]
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
_SWAPPED = 24  # patients with the outcome, and without, who get every median in turn
_FORCED = 100  # patients who get the same value


class Swaps:
    """The pool of one arm, and runs of its patients with other numbers.

    Attributes
    ----------
    rows : dict of str to tuple of str
        Rows of the tables that patients differ in by a draw of their own, and their paths.
    """

    def __init__(
        self, trial: Trial, arm: str | None, endpoint: str, pool: int, seed: int,
        workers: int | None, progress: Progress | None,
    ) -> None:  # fmt: skip
        self.trial, self.arm = trial, arm_of(trial, arm, (endpoint,))
        self.workers, self.progress = workers or os.cpu_count() or 1, progress
        self.patients = cohort_of(trial, pool, seed)
        graph = self.patients.graph
        (self.output,) = outputs((endpoint,), trial, graph, self.arm.name)
        if not self.output.share or self.output.name == "doses given":
            raise SensitivityError(
                f"{endpoint!r} is no yes or no. Write an endpoint like response, or a condition "
                f"like 'haemodynamics.MAP < 60 mmHg'."
            )
        self.reader = Reader(trial, graph, (self.output,), self.arm.name)
        self.mover = Mover(self.patients)
        tables = self.patients.tables.values()
        self.rows = {
            name: paths
            for name, paths in rows_of(self.patients.tables).items()
            if any(t[p].varied and not t[p].rest for t in tables for p in paths)
            and self.patients.table[list(paths)].nunique().max() > 1
        }

    def unit(self, name: str) -> str:
        """Unit of a number; 1 for what is yes or no."""
        tables = next(iter(self.patients.tables.values()))
        return tables[self.rows[name][0]].unit if name in self.rows else "1"

    def numbers(self) -> pd.DataFrame:
        """What may differ between patients: the rows, and the histology as yes or no."""
        histology, table = self.patients.table["histology"], self.patients.table
        values = {name: table[list(paths)].mean(axis=1) for name, paths in self.rows.items()}
        for kind in self.patients.tables:
            if kind and 0 < (histology == kind).sum() < len(histology):
                values[f"histology {kind}"] = (histology == kind).astype(float)
        return pd.DataFrame(values)

    def find(self, number: int) -> Population:
        """Return one patient of the pool.

        Raises
        ------
        SensitivityError
            The pool has no patient of that number.
        """
        index = self.patients.table.index
        if number not in index:
            raise SensitivityError(
                f"There is no patient {number} among these {len(index)}: their numbers run from 0 "
                f"to {index.max()}, without those of draws that were not plausible. Write another "
                f"one, or a larger --pool."
            )
        at = int(np.flatnonzero(index == number)[0])
        return self.patients.with_table(self.patients.table.iloc[[at]])

    # ------------------------------------------------------------------------------------- to run

    def follow(
        self, patients: Population, label: str, arm: Arm | None = None
    ) -> tuple[Floats, pd.DataFrame]:
        """Return who had the outcome (NaN: could not be followed), and the table of patients."""
        total = len(patients)

        def told(done: int, _: int) -> None:
            if self.progress:
                self.progress(label, done, total)

        told(0, 0)
        cohort = self.reader.bench.follow(
            (arm or self.arm).regimen, patients, workers=self.workers, progress=told
        )
        values, table = self.reader(cohort, patients)
        return values[:, 0], table

    def outcome(self, one: Population, arm: Arm) -> dict[str, Any]:
        """What one patient has in an arm."""
        had, table = self.follow(one, f"the same patient, {arm.label}", arm)
        told = ("response", "best_change", "death", "doses_given", "doses_asked")
        return {
            "label": arm.label, "outcome": had[0],
            **{c: table[c].iloc[0] for c in told if c in table},
        }  # fmt: skip

    def _as_others(
        self, patients: Population, values: Mapping[str, Floats], label: str
    ) -> tuple[Floats, pd.DataFrame]:
        moved, settled = self.mover.move(patients, values=values)
        had, table = self.follow(moved, label)
        return np.where(settled, had, np.nan), table

    def _medians(self, some: Population, also: Sequence[str] = ()) -> tuple[Population, dict]:
        """Copies of some patients, each with the median in place of one number.

        Returns
        -------
        Population, dict of path to ndarray
            A copy for each row, then one with the medians of ``also`` together.
        """
        n = len(self.rows) + 1
        values: dict[str, Floats] = {}
        for i, (name, paths) in enumerate(self.rows.items()):
            for p in paths:
                column = np.full((n, len(some)), np.nan)
                column[i] = self.mover.typical(some, p)
                if name in also:
                    column[-1] = column[i]
                values[p] = column.ravel()
        return some.with_table(pd.concat([some.table] * n)), values

    def swapped(self, had: Floats) -> pd.DataFrame:
        """Percent whose outcome is another with the median, as in ``Explanation.swapped``."""
        yes = np.flatnonzero(had == 1)[:_SWAPPED]
        no = np.flatnonzero(had == 0)[:_SWAPPED]
        some = self.patients.with_table(self.patients.table.iloc[[*yes, *no]])
        many, values = self._medians(some)
        now, _ = self._as_others(many, values, "medians in place of their own")
        after = now.reshape(-1, len(some))[:-1]
        other = np.where(np.isnan(after), np.nan, after != np.repeat([1, 0], [len(yes), len(no)]))
        table = pd.DataFrame({
            "lost": 100 * np.nanmean(other[:, : len(yes)], axis=1),
            "gained": 100 * np.nanmean(other[:, len(yes) :], axis=1),
        }, index=pd.Index(self.rows, name="number"))  # fmt: skip
        return table.sort_values(["lost", "gained"], ascending=False, kind="stable")

    def forced(self, numbers: Sequence[str]) -> pd.DataFrame:
        """Share with the outcome if everybody had one value, as in ``Explanation.forced``."""
        few = self.patients.keep(slice(_FORCED))
        places = [(name, level) for name in numbers for level in LEVELS]
        values: dict[str, Floats] = {}
        at: list[float] = []
        for i, (name, level) in enumerate(places):
            paths = self.rows[name]
            at.append(float(np.quantile(self.patients.table[list(paths)], level)))
            for p in paths:
                column = values.setdefault(p, np.full(len(places) * len(few), np.nan))
                column[i * len(few) : (i + 1) * len(few)] = at[-1]
        many = few.with_table(pd.concat([few.table] * len(places)))
        had, _ = self._as_others(many, values, "one value for everybody")
        shares = 100 * np.nanmean(had.reshape(len(places), -1), axis=1)
        table = pd.DataFrame(places, columns=pd.Index(["number", "level"]))
        return table.assign(value=at, share=shares)

    def alone(
        self, one: Population, own: Mapping[str, Any], top: Sequence[str]
    ) -> tuple[pd.DataFrame, bool]:
        """What would have become of one patient, as in ``Case.swaps`` and ``Case.together``."""
        many, values = self._medians(one, top)
        had, after = self._as_others(many, values, "this patient, with medians")
        medians = [
            np.mean([values[p].reshape(len(had))[i] for p in paths])
            for i, paths in enumerate(self.rows.values())
        ]
        numbers = self.numbers()
        mine = numbers.loc[one.table.index[0], list(self.rows)].to_numpy(float)
        everybody = numbers[list(self.rows)].to_numpy(float)
        below, up_to = (everybody < mine).mean(axis=0), (everybody <= mine).mean(axis=0)
        swaps = pd.DataFrame({
            "own": mine, "median": medians, "percentile": 50 * (below + up_to),
            "outcome": had[:-1], "flips": (had[:-1] != own["outcome"]) & ~np.isnan(had[:-1]),
            "unit": [self.unit(name) for name in self.rows],
        }, index=pd.Index(self.rows, name="number"))  # fmt: skip
        reach = np.zeros(len(swaps))
        if "best_change" in after:
            swaps["best_change"] = after["best_change"].to_numpy(float)[:-1]
            swaps["moved"] = swaps["best_change"] - float(own["best_change"])
            reach = swaps["moved"].abs().fillna(0).to_numpy()
        order = np.lexsort((-reach, ~swaps["flips"].to_numpy()))
        return swaps.iloc[order], bool(had[-1])
