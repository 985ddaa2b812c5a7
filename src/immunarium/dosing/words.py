"""Words of regimen text, and an error that points at the one that could not be read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NoReturn, TypeVar

from immunarium.dosing.parts import MOST_DOSES, RESERVED, checked_count, longer_than_zero
from immunarium.dosing.ticks import UNITS, RegimenError, number_in, ticks, time_text

_WIDEST = 76

T = TypeVar("T")


@dataclass(frozen=True)
class Word:
    """A word of the text and where it stands; empty at the end."""

    text: str
    start: int

    @property
    def lower(self) -> str:
        """As keywords are compared."""
        return self.text.lower()

    @property
    def ends(self) -> bool:
        """Whether a statement ends before it."""
        return self.text in ("", ";", ",", ")")


class Words:
    """Text as words, read from left to right.

    Parameters
    ----------
    what, example : str
        What is read, and what it looks like.
    """

    def __init__(self, text: str, what: str, example: str) -> None:
        self.text, self.what, self.example = text, what, example
        self.words = [Word(m.group(), m.start()) for m in re.finditer(r"[^\s;,()]+|[;,()]", text)]
        self.end = Word("", len(text.rstrip()))
        self.i = 0

    def peek(self, ahead: int = 0) -> Word:
        """Return the next word, or one further on."""
        i = self.i + ahead
        return self.words[i] if i < len(self.words) else self.end

    def take(self) -> Word:
        """Return the next word and go on behind it."""
        word = self.peek()
        self.i += 1
        return word

    def accept(self, *words: str) -> bool:
        """Take these words if they come next."""
        found = all(self.peek(k).lower == w for k, w in enumerate(words))
        self.i += len(words) * found
        return found

    def expect(self, word: str, hint: str) -> None:
        """Take a word that must come next."""
        if not self.accept(word):
            self.fail(self.peek(), hint)

    def fail(self, word: Word, hint: str) -> NoReturn:
        """Point at a word."""
        flat = re.sub(r"\s", " ", self.text)
        at, width = word.start, min(max(1, len(word.text)), _WIDEST // 2)
        left = max(0, at - _WIDEST // 2) if len(flat) > _WIDEST else 0
        shown = ("…" if left else "") + flat[left : left + _WIDEST]
        shown += "…" if left + _WIDEST < len(flat) else ""
        caret = " " * (at - left + bool(left)) + "^" * width
        what = f"Cannot read {word.text!r}" if word.text else "Something is missing at the end"
        raise RegimenError(
            f"{what} in the {self.what}\n  {shown}\n  {caret}\n"
            f"{hint}\nA {self.what} looks like '{self.example}'."
        )

    def checked(self, word: Word, make: Callable[[], T]) -> T:
        """Make something; where it cannot be, point at the word it was made of."""
        try:
            return make()
        except RegimenError as e:
            self.fail(word, str(e))

    def count(self) -> int:
        """Read a number of times."""
        word = self.take()
        if not (word.text.isascii() and word.text.isdigit()) or len(word.text) > 9:
            self.fail(word, f"A count must be a whole number between 1 and {MOST_DOSES}.")
        return self.checked(word, lambda: checked_count(int(word.text)))

    def is_number(self, ahead: int) -> bool:
        """Whether a word is a number."""
        return number_in(self.peek(ahead).text) is not None

    def time(self, what: str, *, zero: bool) -> str:
        """Read a number and its unit of time."""
        number, unit = self.take(), self.peek()
        if number_in(number.text) is None:
            self.fail(number, f"{what} is a number and a unit of time, such as '8 h'.")
        if unit.ends or unit.lower in RESERVED or self.is_number(0):
            self.fail(number, f"{what} needs a unit of time, as in '{number.text} h'.")
        self.take()
        if unit.lower not in UNITS:
            self.fail(unit, f"A unit of time is s, min, h, d or w.{near(unit, *UNITS)}")
        read = ticks if zero else longer_than_zero
        return self.checked(number, lambda: time_text(read(f"{number.text} {unit.lower}")))


def near(word: Word, *known: str) -> str:
    """Offer the known word that is nearest, as the end of a hint."""
    close = get_close_matches(word.lower, known, 1)
    return f" Did you mean {close[0]!r}?" if close else ""
