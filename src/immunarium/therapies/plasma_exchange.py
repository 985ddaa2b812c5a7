"""Plasma exchange by centrifuge, with citrate: everything in plasma, and half of the platelets."""

from pathlib import Path

from immunarium.core import LabelledRegimen, Procedure
from immunarium.therapies._fluids import FLUIDS

plasma_exchange = Procedure(
    name="plasma_exchange",
    summary="Plasma exchange by centrifuge, with citrate: all of plasma, half of the platelets.",
    regimens=(
        LabelledRegimen(
            "five exchanges",
            "plasma_exchange 1 PV over 2.5 h every other day x 5 with albumin 5 %",
            "document 002",
        ),
    ),
    table=Path(__file__).with_suffix(".tsv"),
    adds=Path(__file__).with_name("_centrifuge.tsv"),
    fluids=FLUIDS,
)
