"""Ravulizumab: an antibody to C5 that FcRn returns."""

from pathlib import Path

from immunarium.core import LabelledRegimen, RouteTarget, Therapy

ravulizumab = Therapy(
    name="ravulizumab",
    summary="Long-lived antibody to C5 (Ultomiris).",
    unit="nmol",
    routes={"IV": RouteTarget("ravulizumab.plasma")},
    regimens=(
        LabelledRegimen(
            "label",
            "ravulizumab 2700 mg IV over 2 h once; "
            "ravulizumab 3300 mg IV over 2 h every 56 d x 3 from day 14",
            "Ultomiris prescribing information, section 2.3 (60 to 100 kg)",
        ),
    ),
    table=Path(__file__).with_suffix(".tsv"),
)
