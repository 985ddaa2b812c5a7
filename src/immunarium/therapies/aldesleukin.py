"""Aldesleukin: recombinant IL-2 from E. coli, without the first alanine and with serine 125."""

from pathlib import Path

from immunarium.core import LabelledRegimen, RouteTarget, Therapy

aldesleukin = Therapy(
    name="aldesleukin",
    summary="Recombinant interleukin-2 (Proleukin).",
    unit="nmol",
    routes={
        "IV": RouteTarget("il2.central"),
        "SC": RouteTarget("il2.depot", bioavailability="il2.F_sc", lag="il2.lag_sc"),
    },
    regimens=(
        LabelledRegimen(
            "label",
            "aldesleukin 600000 IU/kg IV over 15 min q8h x 14; rest 9 d; repeat 1",
            "Proleukin prescribing information, section 2.2 (metastatic renal cell carcinoma and "
            "melanoma)",
        ),
    ),
    table=Path(__file__).with_suffix(".tsv"),
)
