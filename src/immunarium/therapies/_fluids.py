"""The fluids that replace plasma, and what may be added to them."""

from pathlib import Path

from immunarium.core import Fluid, Fluids

FLUIDS = Fluids(
    fluids=(
        Fluid(
            "albumin 5 %",
            "Human albumin 50 g/L: no other protein, no mediators, no virus; dear.",
        ),
        Fluid(
            "FFP",
            "Fresh frozen plasma: factors, donor IgG, citrate; may carry viruses, allergens.",
        ),
        Fluid("saline", "Crystalloid: no protein; lowers albumin."),
        Fluid(
            "HES 6 %",
            "Hydroxyethyl starch 60 g/L: no protein, leaves slowly; restricted for renal harm.",
        ),
    ),
    additives=(Fluid("calcium", "Calcium gluconate, 2 mmol per litre."),),
    table=Path(__file__).with_name("_fluids.tsv"),
)
