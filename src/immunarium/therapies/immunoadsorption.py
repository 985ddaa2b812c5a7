"""Plasma over a column that binds IgG, and back: nothing is replaced."""

from pathlib import Path

from immunarium.core import LabelledRegimen, Procedure

immunoadsorption = Procedure(
    name="immunoadsorption",
    summary="Plasma over a column that binds IgG, and back: nothing is replaced.",
    regimens=(
        LabelledRegimen(
            "five sessions",
            "immunoadsorption 2.5 PV over 5 h every other day x 5",
            "document 002, facts 3.6",
        ),
    ),
    table=Path(__file__).with_suffix(".tsv"),
    adds=Path(__file__).with_name("_membrane.tsv"),
)
