"""The cells that make an autoantibody."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, nothing, quantity, reaction


class PlasmaCells(Module):
    """B cells become short-lived and, of those, few become long-lived plasma cells.

    Assumes: antigen held by the antibody on follicular dendritic cells drives a part of the B
    cells; their drive asks for T help and is lessened by anti-idiotypes; all relative.
    Leaves out: depletion of B cells, niches, secretion by one cell; total IgG has no such feedback.
    Read: Junghans 1997, Blood 90:3815; Guptill 2016, Autoimmunity 49:472.
    """

    complex = Species("1", "antigen held on follicular dendritic cells, of the untreated")
    short_lived = Species("1", "plasmablasts and short-lived plasma cells, of the untreated")
    long_lived = Species("1", "long-lived plasma cells, of the untreated")

    antibody = Needs("1", "the autoantibody, of the untreated")
    unhindered = Needs("1", "activation of B cells that anti-idiotypes leave")
    help = Needs("1", "help by T cells, of the untreated")

    p_short = Parameter("1", "share of secretion by short-lived cells")
    gain = Parameter("1", "share of the drive of B cells by held antigen")
    rebound = Parameter("1", "rise of the drive where the antibody is missing")
    k_complex = Parameter("1/h", "turnover of held antigen")
    k_short = Parameter("1/h", "turnover of short-lived plasma cells")
    k_long = Parameter("1/h", "turnover of long-lived plasma cells")

    @quantity("1")
    def drive(self):
        """Activation of B cells, of the untreated."""
        antigen = 1 - self.gain + self.gain * self.complex
        missing = self.rebound * (1 - self.antibody)
        return (antigen + missing) * self.unhindered * self.help

    @quantity("1")
    def secretion(self):
        """Secretion of the autoantibody, of the untreated."""
        return self.p_short * self.short_lived + (1 - self.p_short) * self.long_lived

    @reaction(nothing >> complex)
    def trapped(self):
        return self.k_complex * self.antibody

    @reaction(complex >> nothing)
    def cleared(self):
        return self.k_complex * self.complex

    @reaction(nothing >> short_lived)
    def differentiated(self):
        return self.k_short * self.drive

    @reaction(short_lived >> nothing)
    def died(self):
        return self.k_short * self.short_lived

    @reaction(nothing >> long_lived)
    def settled(self):
        return self.k_long * self.short_lived

    @reaction(long_lived >> nothing)
    def left(self):
        return self.k_long * self.long_lived
