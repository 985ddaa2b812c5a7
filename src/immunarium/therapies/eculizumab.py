"""Eculizumab: an antibody to C5."""

from pathlib import Path

from immunarium.core import LabelledRegimen, RouteTarget, Therapy

eculizumab = Therapy(
    name="eculizumab",
    summary="Antibody to C5 (Soliris).",
    unit="nmol",
    routes={"IV": RouteTarget("eculizumab.plasma")},
    regimens=(
        LabelledRegimen(
            "label",
            "eculizumab 900 mg IV over 35 min every 7 d x 4; "
            "eculizumab 1200 mg IV over 35 min every 14 d x 11 from day 28",
            "Soliris prescribing information, section 2.4 (myasthenia gravis)",
        ),
    ),
    table=Path(__file__).with_suffix(".tsv"),
)
