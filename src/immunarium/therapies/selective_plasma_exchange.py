"""Plasma exchange through a membrane (EC-4A) that keeps what is larger than IgG."""

from pathlib import Path

from immunarium.core import LabelledRegimen, Procedure
from immunarium.therapies._fluids import FLUIDS

selective_plasma_exchange = Procedure(
    name="selective_plasma_exchange",
    summary="Plasma exchange through a membrane (EC-4A) that keeps what is larger than IgG.",
    regimens=(
        LabelledRegimen(
            "one exchange",
            "selective_plasma_exchange 1.1 PV over 2.5 h once with albumin 5 %",
            "pmid:27523073",
        ),
    ),
    table=Path(__file__).with_suffix(".tsv"),
    adds=Path(__file__).with_name("_membrane.tsv"),
    fluids=FLUIDS,
)
