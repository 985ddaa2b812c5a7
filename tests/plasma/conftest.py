"""One man of 70 kg with the antibody kernel and no disease, followed by the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from immunarium import registry
from immunarium.core import Row
from immunarium.engine import TICKS_PER_HOUR, Dose, Plan, compile_model, run
from immunarium.population import Population

WEIGHT = 70.0  # kg
DAY = 24.0  # h
SUBCLASSES = ("igg1", "igg2", "igg3", "igg4")
PATHS = (
    "igg.total", "igg.infused", "igg.endogenous", "autoantibody.plasma", "autoantibody.tissue",
    "csf.igg", "fresh_igg.concentration", "fcrn.catabolism", "complement.scavenging",
    "complement.c3", "complement.c4_use", "c4.plasma", "complement.attack", "fc_receptor.phi",
    "fc_receptor.filled", "fc_receptor.iib", "idiotype.free", "idiotype.b_cells",
    "plasma_cells.drive", "inflammation.spared", "inflammation.activity", "inflammation.tnf",
    "inflammation.tnf_plasma", "inflammation.il1b", "inflammation.il10", "tgfb_mrna.level",
    "mhc1.level", "icam1.level", "lfa1.level", "t_help.held", "t_help.level",
    "t_help.regulatory", "dendritic.maturation", "superantigen.activated", "albumin.plasma",
    "igm.plasma", "iga.plasma", "c5_blocker.free",
    "c5_blocker.c5_free", "efgartigimod.occupancy", "ravulizumab.concentration",
    *(f"{s}.{pool}" for s in SUBCLASSES for pool in ("infused", "infused_tissue", "endo")),
)  # fmt: skip

Given = tuple[float, float, str, float]  # start d, hours, path, amount
Curves = dict[str, NDArray[np.float64]]


def row(path: str, value: object, unit: str = "1") -> Row:
    """Return a row of a study."""
    instance, name = path.split(".")
    return Row(instance, name, str(value), unit, 0.0, "", "assumed", "test", "", "test", 1)


class Adult:
    """An adult in variants that differ in single numbers."""

    weight = WEIGHT
    subclasses = SUBCLASSES
    paths = PATHS

    def __init__(self) -> None:
        volume = row("plasma.volume", 0.042 * WEIGHT, "L")
        man = row("patient.sex", 1)
        alike = [row(f"{s}.affinity", 1) for s in SUBCLASSES]
        self.usual = self._typical([man, volume])
        self.one_pool = self._typical([man, volume, *alike])
        self.graph = self.usual.graph
        self.kernel = compile_model(self.graph, {p: self.graph.value(p) for p in PATHS}, {})

    @staticmethod
    def _typical(rows: Sequence[Row]) -> Population:
        return Population.typical(registry.disease("healthy"), study=rows)

    @staticmethod
    def ivig(per_kg: float, days: Sequence[int] = (0,), hours: float = 4.8) -> list[Given]:
        """Give so many g/kg on each of the days, split as the product is, with its fresh tag."""
        number = registry.therapy("ivig").number
        split = {f"{s}.infused": number(s, "mg/mg") for s in SUBCLASSES} | {"fresh_igg.plasma": 1.0}
        return [
            (d, hours, path, 1e3 * WEIGHT * per_kg * x) for d in days for path, x in split.items()
        ]

    def follow(
        self,
        given: Sequence[Given],
        days: Sequence[float] | NDArray[np.float64],
        *changed: Mapping[str, float],
        adult: Population | None = None,
    ) -> Curves:
        """Return curves, shape (variants, times); a variant has other numbers, by path."""
        adult = adult or self.usual
        variants = changed or ({},)
        n = len(variants)
        parameters = np.repeat(adult.parameters(), n, axis=0)
        initial = np.repeat(adult.initial(), n, axis=0)
        for i, numbers in enumerate(variants):
            for path, value in numbers.items():
                known = self.graph.parameters
                if path in known:
                    parameters[i, known.index(path)] = value
                else:
                    initial[i, self.graph.states.index(path)] = value
        ticks = np.rint(np.asarray(days) * DAY * TICKS_PER_HOUR).astype(np.int64)
        doses = tuple(
            Dose(
                round(day * DAY * TICKS_PER_HOUR), round(hours * TICKS_PER_HOUR), path,
                np.full(n, amount), "drug", 1,
            )
            for day, hours, path, amount in sorted(given)
        )  # fmt: skip
        plan = Plan(doses, (), int(ticks[-1]), ticks, (), None)
        result = run(self.kernel, initial, parameters, plan, rtol=1e-8)
        assert not result.status.any(), result.status_text(0)
        return {path: result.recorded[:, :, i] for i, path in enumerate(PATHS)}


@pytest.fixture(scope="package")
def adult() -> Adult:
    return Adult()
