"""What runs through the circuit of a plasma exchange."""

from __future__ import annotations

from immunarium.core import Inflow, Module, Species


class ExchangeCircuit(Module):
    """Plasma that was drawn, in all and through a membrane, and how fast it is drawn now.

    Assumes: the volume that comes back is the volume that was drawn.
    Leaves out: blood flow, priming, what stays in the circuit.
    Read: Keller 1979, Br J Haematol 42:593.
    """

    drawn = Species("L", "plasma drawn so far", doseable=True)
    filtered = Species("L", "of that, through a membrane", doseable=True)
    flow = Inflow(drawn)
    filter_flow = Inflow(filtered)
