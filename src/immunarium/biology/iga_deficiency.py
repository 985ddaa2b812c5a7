"""Anaphylaxis of a patient without IgA to the IgA of a product."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, nothing, quantity, reaction


class IgADeficiency(Module):
    """Antibodies to IgA, made by some who lack it, bind the IgA of a product within minutes.

    Assumes: the complexes that form carry the hazard; without antibody product IgA only decays;
    from under the skin it comes as IgG does.
    Leaves out: antibodies of class IgE; IgA subclasses; titres that rise with exposure.
    Read: document 002, anaphylaxis; facts of Rachid 2011, J Allergy Clin Immunol 128:1018.
    """

    skin = Species("mg", "IgA of a product under the skin", doseable=True)
    product_iga = Species("mg", "IgA of a product in plasma", doseable=True, exchangeable="volume")
    complexed = Species("mg", "product IgA that antibodies have bound")

    volume = Needs("L", "plasma volume")
    weight = Needs("mg", "body weight")
    ka = Needs("1/h", "absorption of IgG from under the skin")

    deficient = Parameter("1", "1 without IgA, 0 with")
    antibody = Parameter("1", "1 where those without IgA have antibodies to it")
    k_bind = Parameter("1/h", "binding where there are antibodies")
    k_decay = Parameter("1/h", "catabolism of IgA")
    hazard_0 = Parameter("1", "hazard per complexed IgA of body weight")

    @quantity("1")
    def anaphylaxis(self):
        """Integrated hazard of anaphylaxis."""
        return self.hazard_0 * self.complexed / self.weight

    @reaction(skin >> product_iga)
    def absorbed(self):
        return self.ka * self.skin

    @reaction(product_iga >> complexed)
    def is_bound(self):
        return self.k_bind * self.deficient * self.antibody * self.product_iga

    @reaction(product_iga >> nothing)
    def decays(self):
        return self.k_decay * self.product_iga
