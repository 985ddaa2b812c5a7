"""What immunoglobulin and plasma exchange do to a patient beside what they are given for."""

from __future__ import annotations

from typing import Any

from immunarium.biology.delayed_reactions import DelayedReactions
from immunarium.biology.exchange_safety import ExchangeSafety
from immunarium.biology.iga_deficiency import IgADeficiency
from immunarium.biology.infusion_reaction import InfusionReaction
from immunarium.biology.neutrophils import Neutrophils
from immunarium.biology.red_cells import RedCells
from immunarium.biology.renal_osmotic import RenalOsmotic
from immunarium.biology.serum_tests import SerumTests
from immunarium.biology.viscosity import Viscosity
from immunarium.core import Module


class Safety:
    """The modules of harm by instance name, and their wires to plasma."""

    def __init__(self) -> None:
        self.infusion_reaction: Any = InfusionReaction("infusion_reaction")
        self.delayed_reactions: Any = DelayedReactions("delayed_reactions")
        self.iga_deficiency: Any = IgADeficiency("iga_deficiency")
        self.viscosity: Any = Viscosity()
        self.red_cells: Any = RedCells("red_cells")
        self.renal_osmotic: Any = RenalOsmotic("renal_osmotic")
        self.serum_tests: Any = SerumTests("serum_tests")
        self.neutrophils: Any = Neutrophils()
        self.exchange_safety: Any = ExchangeSafety("exchange_safety")

    @property
    def modules(self) -> tuple[Module, ...]:
        """Every module, to be given to the model."""
        return tuple(vars(self).values())

    def wires(self, plasma: Any) -> dict[Any, Any]:
        """What each needs, of plasma and of each other."""
        prompt, delayed, igg = self.infusion_reaction, self.delayed_reactions, plasma.igg
        wires: dict[Any, Any] = {
            prompt.given: delayed.given,
            delayed.prompt_headache: prompt.headache,
            delayed.migraine: prompt.migraine,
            delayed.migraine_factor: prompt.migraine_factor,
            self.viscosity.igg: igg.total,
            self.serum_tests.igg: igg.total,
            self.red_cells.phi: plasma.fc_receptor.phi,
            self.red_cells.ka: igg.ka,
            self.iga_deficiency.ka: igg.ka,
            self.neutrophils.infused: igg.infused,
        }
        for module in (prompt, delayed, self.renal_osmotic):
            wires[module.infused] = plasma.fresh_igg.infusion
        for module in (delayed, self.iga_deficiency, self.red_cells, self.renal_osmotic):
            wires[module.weight] = prompt.weight
        for module in (self.iga_deficiency, self.red_cells):
            wires[module.volume] = plasma.plasma.volume
        return wires | self._exchange(plasma)

    def _exchange(self, plasma: Any) -> dict[Any, Any]:
        safety = self.exchange_safety
        return {
            safety.flow: plasma.exchange_circuit.flow,
            safety.drawn: plasma.exchange_circuit.drawn,
            safety.filtered: plasma.exchange_circuit.filtered,
            safety.calcium: plasma.citrate.ionised_calcium,
            safety.volume: plasma.plasma.volume,
            safety.fibrinogen: plasma.fibrinogen.plasma,
            safety.platelets: plasma.platelets.count,
            safety.igg: plasma.igg.total,
            safety.donor_igg: [s.returned for s in plasma.subclasses.values()],
        }
