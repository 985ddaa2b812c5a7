"""Intravenous immunoglobulin, 10 % liquid, stabilised with glycine."""

from pathlib import Path

from immunarium.core import LabelledRegimen, Therapy
from immunarium.therapies._immunoglobulin import ABOUT, routes

ivig = Therapy(
    name="ivig",
    summary="Human immunoglobulin, 10 % liquid with glycine.",
    unit="mg",
    routes=routes(),
    regimens=(
        LabelledRegimen("five days", "ivig 0.4 g/kg IV daily x 5", "document 002"),
        LabelledRegimen(
            "two days", "ivig 1 g/kg IV daily x 2", "doi:10.1212/01.wnl.0000256698.69121.45"
        ),
    ),
    table=Path(__file__).with_suffix(".tsv"),
    about=ABOUT,
)
