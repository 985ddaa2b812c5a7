"""Zilucoplan: a peptide under the skin that holds C5."""

from pathlib import Path

from immunarium.core import LabelledRegimen, RouteTarget, Therapy

zilucoplan = Therapy(
    name="zilucoplan",
    summary="Peptide under the skin that holds C5 (Zilbrysq).",
    unit="nmol",
    routes={"SC": RouteTarget("zilucoplan.plasma")},
    regimens=(
        LabelledRegimen(
            "label",
            "zilucoplan 0.3 mg/kg SC daily x 84",
            "Howard 2023, Lancet Neurol 22:395 (RAISE); the label gives it by bands of weight",
        ),
    ),
    table=Path(__file__).with_suffix(".tsv"),
)
