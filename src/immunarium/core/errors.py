"""Errors that say where, what was found, what was wanted and what to write."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ImmunoError(ValueError):
    """Anything a user can mend. Its message is the fix; the command line prints it and exits 2."""


class ModelError(ImmunoError):
    """A module or model that cannot be built."""


class TableError(ImmunoError):
    """A parameter table that cannot be read or does not fit its model."""


class UnitError(ImmunoError):
    """A unit nobody knows, or one that does not convert."""


class UnknownNameError(ImmunoError):
    """A name that does not exist here; the message offers the nearest ones."""


def did_you_mean(word: str, known: Iterable[str], most: int = 3) -> str:
    """Name the nearest known words, nearest first, as the end of an error message.

    Examples
    --------
    >>> did_you_mean("melanona", ["melanoma", "renal"])
    ' Did you mean melanoma?'
    """
    known = sorted(set(known))
    lower = {k.lower(): k for k in known}
    word = word.lower()
    close = difflib.get_close_matches(word, lower, max(len(lower), 1), 0.6)
    close.sort(key=lambda c: (-difflib.SequenceMatcher(None, c, word).ratio(), c))
    if close:
        return f" Did you mean {' or '.join(lower[c] for c in close[:most])}?"
    if 0 < len(known) <= 12:
        return f" Known: {', '.join(known)}."
    return ""
