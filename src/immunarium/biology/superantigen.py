"""A bacterial superantigen, where there is one."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, nothing, quantity, reaction


class Superantigen(Module):
    """A superantigen activates all T cells with certain Vβ chains; infused IgG neutralises it.

    Assumes: what is activated drives T help and cytokines in proportion; antibodies of the product
    bind the superantigen and the Vβ chains (3, 8, 17) alike.
    Leaves out: deletion and anergy after the burst. Without exposure nothing happens.
    Read: Takei 1993, J Clin Invest 91:602.
    """

    activated = Species("1", "share of T cells that the superantigen has activated", scale=0.1)

    infused = Needs("mg/L", "infused IgG in plasma")
    weight = Needs("1", "weight of the link")

    exposure = Parameter("1", "superantigen present: 0 none, 1 much")
    v_beta = Parameter("1", "share of T cells with the Vβ chains it binds")
    k_on = Parameter("1/h", "activation")
    k_off = Parameter("1/h", "end of activation")
    Ki = Parameter("mg/L", "infused IgG that neutralises half")
    gain = Parameter("1", "drive that one share of activated T cells adds")

    @quantity("1")
    def drive(self):
        """Drive that activated T cells add to that of the untreated."""
        return self.gain * self.activated

    @reaction(nothing >> activated)
    def woken(self):
        free = self.exposure / (1 + self.weight * self.infused / self.Ki)
        return self.k_on * free * (self.v_beta - self.activated)

    @reaction(activated >> nothing)
    def rested(self):
        return self.k_off * self.activated
