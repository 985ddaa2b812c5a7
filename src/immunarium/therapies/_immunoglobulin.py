"""What every immunoglobulin carries, by route."""

from __future__ import annotations

from immunarium.core import Caution, Entry, Label, RouteTarget

ABOUT = ("purity", "donors", "sodium", "osmolality")
"""Rows that describe a product; no dose reads them."""
MUCH_IGA = Caution(
    "iga_deficiency.deficient",
    "is rich in IgA, which some lack and have antibodies to: anaphylaxis. Take a product with "
    "little IgA",
)


def _carried(pool: str, tag: str, isoagglutinin: str, iga: str) -> tuple[Entry, ...]:
    subclasses = tuple(Entry(f"{name}.{pool}", name) for name in ("igg2", "igg3", "igg4"))
    others = (Entry(tag, "fresh"), Entry(isoagglutinin, "isoagglutinin"), Entry(iga, "iga"))
    return (*subclasses, *others)


def routes(*own: Entry, cautious: str = "patient.infusion_limit") -> dict[str, RouteTarget]:
    """Return the routes of a product.

    Parameters
    ----------
    *own : Entry
        What only this product carries.
    cautious : str
        Path of the share of the label's rate at which a patient may be infused.
    """
    plasma = (
        "infused",
        "fresh_igg.plasma",
        "red_cells.isoagglutinin",
        "iga_deficiency.product_iga",
    )
    depot = ("skin", "fresh_igg.skin", "red_cells.skin", "iga_deficiency.skin")
    vein = RouteTarget(
        "igg1.infused",
        content="igg1",
        also=(*_carried(*plasma), *own),
        label=Label(cautious),
    )
    skin = RouteTarget(
        "igg1.skin",
        bioavailability="igg.F_sc",
        content="igg1",
        also=(*_carried(*depot), *own),
    )
    return {"IV": vein, "SC": skin}
