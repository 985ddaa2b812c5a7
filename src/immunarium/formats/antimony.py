"""Antimony: SBML as text that people read."""

from __future__ import annotations

from typing import Any

from immunarium.core import ImmunoError


def to_antimony(sbml: str) -> str:
    """Write SBML as Antimony text.

    Raises
    ------
    ImmunoError
        Antimony is not installed, or cannot read the SBML.
    """
    antimony = _library()
    try:
        if antimony.loadSBMLString(sbml) < 0:
            raise ImmunoError(f"Antimony cannot read this SBML: {antimony.getLastError()}")
        return antimony.getAntimonyString(antimony.getMainModuleName())
    finally:
        antimony.clearPreviousLoads()
        antimony.freeAll()


def _library() -> Any:
    try:
        import antimony
    except ImportError:
        raise ImmunoError("This needs Antimony. Run: pip install 'immunarium[sbml]'") from None
    return antimony
