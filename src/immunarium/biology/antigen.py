"""Tumour antigen, the helper cells it activates, and the IL-2 they secrete."""

from __future__ import annotations

from immunarium.core import (
    Module,
    Needs,
    Parameter,
    Species,
    Start,
    nothing,
    quantity,
    reaction,
    saturation,
)


class Antigen(Module):
    """Presenting cells show what lies in the body; CD4 cells that see it secrete IL-2.

    Assumes: antigen follows viable tumour within days; Treg restrain activation.
    Leaves out: the niche where secretors feed their neighbours; specificity; vaccines.
    Read: docs/decisions/0003-joining-the-two-physiologies.md.
    """

    antigen = Species("L", "tumour whose antigen is presented", scale=1e-3)
    helper = Species("cell", "CD4 cells activated by antigen", scale=1e8)

    tumour = Needs("L", "viable tumour")
    treg = Needs("cell", "Treg in organs")

    k_clear = Parameter("1/h", "turnover of presented antigen")
    K_presentation = Parameter("L", "tumour at half presentation")
    k_helper = Parameter("cell/h", "activation at full presentation without Treg")
    k_helper_loss = Parameter("1/h", "loss of activated helpers")
    treg_restraint = Parameter("1", "loss of activation per Treg, of Treg at rest")
    secretion_rate = Parameter("nmol/(cell h)", "IL-2 secretion of a helper")
    treg_0 = Start(treg)

    @quantity("nmol/h")
    def secretion(self):
        """IL-2 from helpers."""
        return self.secretion_rate * self.helper

    @reaction(nothing >> antigen)
    def taken_up(self):
        return self.k_clear * self.tumour

    @reaction(antigen >> nothing)
    def cleared(self):
        return self.k_clear * self.antigen

    @reaction(nothing >> helper)
    def activated(self):
        shown = saturation(self.antigen, self.K_presentation)
        return self.k_helper * shown / (1 + self.treg_restraint * self.treg / self.treg_0)

    @reaction(helper >> nothing)
    def helpers_lost(self):
        return self.k_helper_loss * self.helper
