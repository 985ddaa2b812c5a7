"""What the ward gives against low pressure; moved by the rules of a study, not by biology."""

from __future__ import annotations

from immunarium.core import Module, Species


class Support(Module):
    """Intravenous fluids and vasopressors, as the ward has set them.

    Assumes: a rule of the study moves them (``Titrate``).
    Leaves out: oxygen, diuretics, albumin, blood, ventilation.
    Read: design of the study.
    """

    fluids = Species("L/h", "intravenous fluids", scale=0.1)
    pressor = Species("1", "rise of vascular resistance by vasopressors", scale=0.1)
