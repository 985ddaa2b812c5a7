"""Efgartigimod alfa: an Fc fragment that holds FcRn in place of IgG."""

from pathlib import Path

from immunarium.core import LabelledRegimen, RouteTarget, Therapy

efgartigimod = Therapy(
    name="efgartigimod",
    summary="Fc fragment that blocks FcRn (Vyvgart).",
    unit="nmol",
    routes={"IV": RouteTarget("efgartigimod.plasma")},
    regimens=(
        LabelledRegimen(
            "label",
            "efgartigimod 10 mg/kg IV over 1 h every 7 d x 4",
            "Vyvgart prescribing information, section 2.2 (myasthenia gravis)",
        ),
    ),
    table=Path(__file__).with_suffix(".tsv"),
)
