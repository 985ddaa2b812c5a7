"""Paths and SBML identifiers: ``treg.blood`` is ``treg__blood``, and back."""

from __future__ import annotations

import re

from immunarium.core import CLEAR, ImmunoError

_INPUTS = {CLEAR: "clear__", "@": "input__"}  # the longer one first
_PART = r"[A-Za-z](?:_?[A-Za-z0-9])*"
_PATH = re.compile(rf"({'|'.join(_INPUTS)})?{_PART}(?:\.{_PART})*")


def sid(path: str) -> str:
    """Return the SBML identifier of a path; ``@il2.central`` is ``input__il2__central``.

    Raises
    ------
    ImmunoError
        A name that could not be read back: with two underscores, or one at an end.

    Examples
    --------
    >>> sid("treg.blood")
    'treg__blood'
    """
    if not _PATH.fullmatch(path) or path.startswith(("input.", "clear.")):
        raise ImmunoError(
            f"{path} cannot be written as SBML. Name modules and what they declare with letters, "
            f"digits and single underscores between them, and no module 'input' or "
            f"'clear'."
        )
    for mark, word in _INPUTS.items():
        path = path.replace(mark, word)
    return path.replace(".", "__")


def path_of(identifier: str) -> str:
    """Return the path that an SBML identifier stands for.

    Examples
    --------
    >>> path_of("input__il2__central")
    '@il2.central'
    """
    for mark, word in _INPUTS.items():
        if identifier.startswith(word):
            return mark + identifier.removeprefix(word).replace("__", ".")
    return identifier.replace("__", ".")
