"""Lymphocytes as the laboratory counts them."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, quantity


class BloodCounts(Module):
    """Lymphocytes per litre of blood.

    Assumes: blood volume stays.
    Leaves out: B cells (about 350 per µL), haemoconcentration.
    Read: doi:10.1128/CDLI.11.1.168-173.2004.
    """

    treg_cells = Needs("cell", "Treg in blood")
    tconv_cells = Needs("cell", "conventional CD4 in blood")
    cd8_cells = Needs("cell", "CD8 in blood")
    nk_cells = Needs("cell", "NK cells in blood")

    volume = Parameter("L", "blood volume")

    @quantity("cell/L")
    def treg(self):
        """Regulatory T cells."""
        return self.treg_cells / self.volume

    @quantity("cell/L")
    def cd4(self):
        """CD4 T cells, Treg included."""
        return (self.treg_cells + self.tconv_cells) / self.volume

    @quantity("cell/L")
    def cd8(self):
        """CD8 T cells."""
        return self.cd8_cells / self.volume

    @quantity("cell/L")
    def nk(self):
        """NK cells."""
        return self.nk_cells / self.volume

    @quantity("cell/L")
    def lymphocytes(self):
        """T and NK cells."""
        return self.cd4 + self.cd8 + self.nk
