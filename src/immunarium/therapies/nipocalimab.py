"""Nipocalimab: an antibody whose variable part holds FcRn."""

from pathlib import Path

from immunarium.core import LabelledRegimen, RouteTarget, Therapy

nipocalimab = Therapy(
    name="nipocalimab",
    summary="Antibody that blocks FcRn (Imaavy).",
    unit="nmol",
    routes={"IV": RouteTarget("nipocalimab.plasma")},
    regimens=(
        LabelledRegimen(
            "label",
            "nipocalimab 30 mg/kg IV over 30 min once; "
            "nipocalimab 15 mg/kg IV over 15 min every 14 d x 12 from day 14",
            "Antozzi 2025, Lancet Neurol 24:105 (Vivacity-MG3)",
        ),
    ),
    table=Path(__file__).with_suffix(".tsv"),
)
