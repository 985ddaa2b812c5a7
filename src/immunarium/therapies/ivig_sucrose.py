"""Intravenous immunoglobulin, freeze-dried, given at 5 %, stabilised with sucrose."""

from pathlib import Path

from immunarium.core import Entry, LabelledRegimen, Therapy
from immunarium.therapies._immunoglobulin import ABOUT, MUCH_IGA, routes

ivig_sucrose = Therapy(
    name="ivig_sucrose",
    summary="Human immunoglobulin, 5 % after reconstitution, with sucrose.",
    unit="mg",
    routes=routes(Entry("renal_osmotic.sucrose", "sucrose")),
    regimens=(
        LabelledRegimen("five days", "ivig_sucrose 0.4 g/kg IV daily x 5", "document 002"),
        LabelledRegimen(
            "two days", "ivig_sucrose 1 g/kg IV daily x 2", "doi:10.1212/01.wnl.0000256698.69121.45"
        ),
    ),
    table=Path(__file__).with_suffix(".tsv"),
    about=ABOUT,
    cautions=(MUCH_IGA,),
)
