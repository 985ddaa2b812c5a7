"""How strongly each mechanism of intravenous immunoglobulin acts."""

from __future__ import annotations

from immunarium.core import Module, Parameter


class IvigLinks(Module):
    """The weight of each way in which infused IgG acts: 1 in full, 0 not at all.

    Assumes: the ways are separate, so that one can be cut and the others stay.
    Leaves out: ways that nobody has proposed.
    Read: facts of document 002, section 0.2.
    """

    a1 = Parameter("1", "anti-idiotypes neutralise the autoantibody")
    a2 = Parameter("1", "anti-idiotypes hold B cells back")
    a3 = Parameter("1", "infused IgG competes for FcRn")
    b = Parameter("1", "infused IgG scavenges C3b and C4b")
    c1 = Parameter("1", "infused IgG saturates Fc receptors of macrophages")
    c2 = Parameter("1", "FcγRIIB rises and lowers the affinity of macrophages")
    d = Parameter("1", "macrophages secrete less")
    e = Parameter("1", "soluble CD4, CD8, HLA and TGF-β of the product hold T cells back")
    f = Parameter("1", "antibodies of the product neutralise superantigen")
    g = Parameter("1", "dendritic cells mature less")
