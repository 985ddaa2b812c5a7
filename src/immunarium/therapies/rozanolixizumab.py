"""Rozanolixizumab: an antibody under the skin whose variable part holds FcRn."""

from pathlib import Path

from immunarium.core import LabelledRegimen, RouteTarget, Therapy

rozanolixizumab = Therapy(
    name="rozanolixizumab",
    summary="Antibody under the skin that blocks FcRn (Rystiggo).",
    unit="nmol",
    routes={"SC": RouteTarget("rozanolixizumab.plasma")},
    regimens=(
        LabelledRegimen(
            "label",
            "rozanolixizumab 560 mg SC over 2 d every 7 d x 6",
            "Rystiggo prescribing information, section 2.2 (50 to 100 kg); "
            "2 d is the time of the peak, for absorption",
        ),
    ),
    table=Path(__file__).with_suffix(".tsv"),
)
