"""LAK cells: the patient's own lymphocytes, activated with IL-2 outside the body."""

from immunarium.core import RouteTarget, Therapy

lak_cells = Therapy(
    name="lak_cells",
    summary="Autologous lymphokine-activated killer cells.",
    unit="cell",
    routes={"IV": RouteTarget("lak.lung")},
)
