"""Intravenous immunoglobulin, 5 % liquid, stabilised with maltose, not depleted of IgA."""

from pathlib import Path

from immunarium.core import LabelledRegimen, Therapy
from immunarium.therapies._immunoglobulin import ABOUT, MUCH_IGA, routes

ivig_maltose = Therapy(
    name="ivig_maltose",
    summary="Human immunoglobulin, 5 % liquid with maltose, rich in IgA.",
    unit="mg",
    routes=routes(),
    regimens=(
        LabelledRegimen("five days", "ivig_maltose 0.4 g/kg IV daily x 5", "document 002"),
        LabelledRegimen(
            "two days", "ivig_maltose 1 g/kg IV daily x 2", "doi:10.1212/01.wnl.0000256698.69121.45"
        ),
    ),
    table=Path(__file__).with_suffix(".tsv"),
    about=ABOUT,
    cautions=(MUCH_IGA,),
)
