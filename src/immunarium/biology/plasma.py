"""The water that everything in plasma is dissolved in."""

from __future__ import annotations

from immunarium.core import Module, Parameter


class PlasmaVolume(Module):
    """Plasma, which holds one volume in an adult who is neither bleeding nor leaking.

    Assumes: blood volume by Nadler's formula, less the cells.
    Leaves out: shifts of water in fever, sepsis and infusion.
    Read: pmid:21936146 (Nadler 1962).
    """

    volume = Parameter("L", "plasma volume")
