"""Content by name: diseases and therapies, imported when asked for."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING

from immunarium.core import (
    Disease,
    Fluid,
    Fluids,
    Procedure,
    Therapy,
    UnknownNameError,
    did_you_mean,
)

if TYPE_CHECKING:
    from immunarium.dosing import Regimen

WITHOUT_EVIDENCE = {
    "miller_fisher": "Miller Fisher syndrome",
    "diabetic_radiculoplexopathy": "diabetic radiculoplexopathy",
}
"""Diseases in which immunoglobulin is used and no controlled trial says what it does."""


@cache
def names(room: str) -> tuple[str, ...]:
    """Names of the files of a room, ``diseases`` or ``therapies``, without importing them."""
    found = pkgutil.iter_modules([str(files(f"immunarium.{room}"))])
    return tuple(m.name for m in found if not m.name.startswith("_"))


def disease(name: str) -> Disease:
    """Find a disease.

    Raises
    ------
    UnknownNameError
        There is none of that name; suggests the nearest. Or there is no evidence to build on.
    """
    if title := WITHOUT_EVIDENCE.get(name.lower().replace(" ", "_").replace("-", "_")):
        raise UnknownNameError(
            f"There is no controlled evidence of immunoglobulin or exchange in {title}, so there "
            f"is no model of it and no claim is made. Guillain-Barré syndrome is guillain_barre."
        )
    found = _find("diseases", "disease", name)
    assert isinstance(found, Disease)
    return found


def therapy(name: str) -> Therapy:
    """Find a therapy.

    Raises
    ------
    UnknownNameError
        There is none of that name; suggests the nearest.
    """
    found = _find("therapies", "therapy", name)
    assert isinstance(found, Therapy)
    return found


def diseases() -> Mapping[str, Disease]:
    """Every disease, by name."""
    return {name: disease(name) for name in names("diseases")}


def therapies() -> Mapping[str, Therapy]:
    """Every therapy, by name."""
    return {name: therapy(name) for name in names("therapies")}


def fluids() -> Mapping[str, tuple[Fluid, Fluids]]:
    """Every replacement fluid of a procedure, by name, and the table that it is in."""
    tables = [t.fluids for t in therapies().values() if isinstance(t, Procedure) and t.fluids]
    return {f.name: (f, table) for table in tables for f in table.fluids}


def content(name: str) -> tuple[Disease, Mapping[str, Therapy]]:
    """Find what a run in a disease needs: the disease, and every therapy."""
    return disease(name), therapies()


def check_acts(regimen: Regimen, name: str) -> None:
    """Refuse drugs that a disease's model has no place for.

    Raises
    ------
    UnknownNameError
        Says in which diseases the drug acts.
    """
    known, states = therapies(), disease(name).model.graph.states
    for dose in dict.fromkeys(p.dose for p in regimen.doses):
        path = dose.enters(known).path
        if isinstance(known[dose.drug], Procedure) or path in states:
            continue
        others = [n for n, d in diseases().items() if path in d.model.graph.states]
        raise UnknownNameError(
            f"{dose.drug} does not act in the model of {name}. It acts in {', '.join(others)}."
        )


def _find(room: str, kind: str, name: str) -> object:
    if name not in names(room):
        near = did_you_mean(name, names(room)) or f" Known: {', '.join(names(room))}."
        raise UnknownNameError(f"There is no {kind} {name!r}.{near}")
    return getattr(import_module(f"immunarium.{room}.{name}"), name)
