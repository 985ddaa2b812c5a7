"""Regimen text: whole or not at all, and an error that points at the word it could not read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import NoReturn, TypeVar

from immunarium.dosing.parts import (
    MOST_DOSES,
    RESERVED,
    Dose,
    Every,
    Give,
    HoldRule,
    Item,
    Once,
    OnDays,
    Repeat,
    Rest,
    checked_count,
    drug_name,
    held_drug,
    longer_than_zero,
    positive_amount,
    route_name,
    unit_name,
)
from immunarium.dosing.ticks import DAY, UNITS, RegimenError, number_in, ticks, time_text, whole
from immunarium.dosing.timeline import lay_out

EXAMPLE = "aldesleukin 720000 IU/kg IV over 15 min q8h x 14; rest 9 d; repeat 1"
_HOW_OFTEN = "once, q8h x 14, daily x 5, every other day x 7, every 12 h x 4 or on days 0, 1, 7"
_SCHEDULES = ("once", "daily", "every", "on", "over")
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
        return self.text in ("", ";", ",")


def read(text: str, drug: str | None = None) -> tuple[tuple[Item, ...], tuple[HoldRule, ...]]:
    """Read the statements of a regimen.

    Parameters
    ----------
    text : str
        Statements joined by ``;`` or ``,``.
    drug : str or None
        The drug meant where a statement names none.

    Raises
    ------
    RegimenError
        Points at the first word it could not read, and shows a regimen that can be read.
    """
    return _Reader(text, drug).read()


class _Reader:
    def __init__(self, text: str, drug: str | None) -> None:
        self.text, self.drug = text, drug
        self.words = [Word(m.group(), m.start()) for m in re.finditer(r"[^\s;,]+|[;,]", text)]
        self.end = Word("", len(text.rstrip()))
        self.i = 0
        self.items: list[Item] = []
        self.places: list[Word] = []
        self.rules: list[HoldRule] = []
        self.rule_places: list[Word] = []

    # Words

    def peek(self, ahead: int = 0) -> Word:
        i = self.i + ahead
        return self.words[i] if i < len(self.words) else self.end

    def take(self) -> Word:
        word = self.peek()
        self.i += 1
        return word

    def accept(self, *words: str) -> bool:
        """Take these words if they come next."""
        found = all(self.peek(k).lower == w for k, w in enumerate(words))
        self.i += len(words) * found
        return found

    def expect(self, word: str, hint: str) -> None:
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
            f"{what} in the regimen\n  {shown}\n  {caret}\n"
            f"{hint}\nA regimen looks like '{EXAMPLE}'."
        )

    def checked(self, word: Word, make: Callable[[], T]) -> T:
        """Make something; where it cannot be, point at the word it was made of."""
        try:
            return make()
        except RegimenError as e:
            self.fail(word, str(e))

    # Statements

    def read(self) -> tuple[tuple[Item, ...], tuple[HoldRule, ...]]:
        if len(self.words) == 1 and self.accept("none"):
            return (), ()
        if not self.words:
            raise RegimenError(
                f"The regimen is empty. Write 'none' for no dose; a regimen looks like '{EXAMPLE}'."
            )
        self.statement()
        while not self.accept("") and not self.accept(";", ""):
            word = self.take()
            if not word.ends:
                self.fail(word, f"Put ';' between statements.{_near(word, 'from')}")
            self.statement()
        self.check()
        return tuple(self.items), tuple(self.rules)

    def check(self) -> None:
        """Point at the statement that cannot stand where it stands."""
        try:
            lay_out(self.items)
        except RegimenError as e:
            self.fail(self.places[e.item or 0], str(e))
        drugs = [item.dose.drug for item in self.items if isinstance(item, Give)]
        for place, rule in zip(self.rule_places, self.rules, strict=True):
            self.checked(place, lambda drug=rule.drug: held_drug(drug, drugs))

    def statement(self) -> None:
        word = self.peek()
        if word.lower == "hold":
            self.rules.append(self.hold())
            return
        if word.lower == "stop":
            self.fail(word, "'stop after 2 holds' stands behind its hold.")
        readers = {"rest": self.rest, "then": self.then, "repeat": self.repeat}
        self.items.append(readers.get(word.lower, self.give)())
        self.places.append(word)

    def rest(self) -> Rest:
        self.take()
        return Rest(self.time("A rest", zero=False))

    def then(self) -> Rest:
        self.take()
        return Rest()

    def repeat(self) -> Repeat:
        self.take()
        return Repeat(self.count())

    def hold(self) -> HoldRule:
        self.take()
        word = self.peek()
        self.rule_places.append(word)
        drug = self.drug if word.lower == "when" else None
        if drug is None:
            self.take()
            drug = self.checked(word, lambda: drug_name(word.text))
        self.expect("when", "A hold says when: 'hold aldesleukin when hypotension grade >= 3'.")
        start = self.peek()
        while self.peek().text not in ("", ";"):
            self.take()
        condition = self.text[start.start : self.peek().start]
        if not condition.strip():
            self.fail(start, "A hold says when: 'hold aldesleukin when hypotension grade >= 3'.")
        return HoldRule(drug, condition, self.stop())

    def stop(self) -> int:
        if not self.accept(";", "stop"):
            return 0
        self.expect("after", "Write 'stop after 2 holds'.")
        count = self.count()
        if not self.accept("hold"):
            self.expect("holds", "Write 'stop after 2 holds'.")
        return count

    def give(self) -> Give:
        dose, word = self.dose(), self.peek()
        schedule = self.schedule(bool(dose.over))
        give, word = self.checked(word, lambda: Give(dose, schedule)), self.peek()
        if not self.accept("from"):
            return give
        start = self.start()
        return self.checked(word, lambda: replace(give, start=start))

    def dose(self) -> Dose:
        drug, word = self.drug, self.peek()
        if number_in(word.text) is None:
            self.take()
            drug = self.checked(word, lambda: drug_name(word.text))
        if drug is None:
            self.fail(word, "Name the drug before its amount.")
        amount = self.amount()
        unit, route = self.peek(), self.peek(1)
        unit_text = self.checked(unit, lambda: unit_name(self.take().text))
        route_text = self.checked(route, lambda: route_name(self.take().text))
        over = self.time("An infusion", zero=False) if self.accept("over") else ""
        return Dose(drug, amount, unit_text, route_text, over)

    def amount(self) -> float:
        word = self.take()
        if number_in(word.text) is None:
            self.fail(word, "An amount is a number above zero.")
        comma, rest = self.peek(), self.peek(1)
        if comma.text == "," and rest.start == comma.start + 1 and rest.text[:1].isdigit():
            self.fail(rest, "Write an amount without commas, as 600000 or 6e5.")
        return self.checked(word, lambda: positive_amount(float(word.text)))

    # Schedules

    def schedule(self, infused: bool) -> Once | Every | OnDays:
        word = self.peek()
        if word.ends or word.lower == "from":
            if infused:
                return Once()
            self.fail(word, f"Say how often: {_HOW_OFTEN}.")
        self.take()
        if word.lower == "once":
            return Once()
        if word.lower == "on":
            return self.on_days()
        return Every(self.interval(word), self.times())

    def interval(self, word: Word) -> str:
        if word.lower == "daily":
            return "1 d"
        if word.lower == "every":
            return "2 d" if self.accept("other", "day") else self.time("An interval", zero=False)
        number = word.lower[1:].rstrip("abcdefghijklmnopqrstuvwxyz")
        if not word.lower.startswith("q") or number_in(number) is None:
            self.fail(word, f"Say how often: {_HOW_OFTEN}.{_near(word, *_SCHEDULES)}")
        unit = word.lower[1 + len(number) :]
        if not unit:
            self.fail(word, f"An interval needs a unit, as in '{word.lower}h'.")
        return self.checked(word, lambda: time_text(longer_than_zero(f"{number} {unit}")))

    def times(self) -> int:
        if not (self.accept("x") or self.accept("×")):
            self.fail(self.peek(), "Say how many times, as in 'x 14'.")
        return self.count()

    def count(self) -> int:
        word = self.take()
        if not (word.text.isascii() and word.text.isdigit()) or len(word.text) > 9:
            self.fail(word, f"A count must be a whole number between 1 and {MOST_DOSES}.")
        return self.checked(word, lambda: checked_count(int(word.text)))

    def on_days(self) -> OnDays:
        if not (self.accept("days") or self.accept("day")):
            self.fail(self.peek(), "Write 'on days 0, 1, 7'.")
        first = self.peek()
        days = [self.day()]
        while self.peek().text == "," and self.peek(2).ends and self.is_number(1):
            self.take()
            days.append(self.day())
        return self.checked(first, lambda: OnDays(tuple(days)))

    def day(self) -> float:
        word = self.take()
        if number_in(word.text) is None:
            self.fail(word, "A day is a number; day 0 is the start of the study.")
        self.checked(word, lambda: whole(word.text, DAY, f"Day {word.text}"))
        return float(word.text)

    def start(self) -> str:
        if not self.accept("day"):
            return self.time("A start", zero=True)
        word = self.peek()
        self.day()
        return time_text(whole(word.text, DAY, word.text))

    def is_number(self, ahead: int) -> bool:
        return number_in(self.peek(ahead).text) is not None

    def time(self, what: str, *, zero: bool) -> str:
        number, unit = self.take(), self.peek()
        if number_in(number.text) is None:
            self.fail(number, f"{what} is a number and a unit of time, such as '8 h'.")
        if unit.ends or unit.lower in RESERVED or self.is_number(0):
            self.fail(number, f"{what} needs a unit of time, as in '{number.text} h'.")
        self.take()
        if unit.lower not in UNITS:
            self.fail(unit, f"A unit of time is s, min, h, d or w.{_near(unit, *UNITS)}")
        read = ticks if zero else longer_than_zero
        return self.checked(number, lambda: time_text(read(f"{number.text} {unit.lower}")))


def _near(word: Word, *known: str) -> str:
    close = get_close_matches(word.lower, known, 1)
    return f" Did you mean {close[0]!r}?" if close else ""
