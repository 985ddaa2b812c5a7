"""Regimen text: whole or not at all, and an error that points at the word it could not read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from immunarium.dosing.fluids import fluid_text
from immunarium.dosing.parts import (
    ROUTES,
    Dose,
    Every,
    Give,
    Item,
    Once,
    OnDays,
    Repeat,
    Rest,
    drug_name,
    is_volume,
    longer_than_zero,
    positive_amount,
    route_name,
    unit_name,
)
from immunarium.dosing.rule_text import RuleReader
from immunarium.dosing.rules import ACTIONS, EXAMPLES, HOLD, STOP, Rule, regimen_problems
from immunarium.dosing.ticks import DAY, RegimenError, number_in, time_text, whole
from immunarium.dosing.timeline import lay_out
from immunarium.dosing.words import Word, near

if TYPE_CHECKING:
    from immunarium.dosing.regimen import Regimen

EXAMPLE = "aldesleukin 720000 IU/kg IV over 15 min q8h x 14; rest 9 d; repeat 1"
_HOW_OFTEN = "once, q8h x 14, daily x 5, every other day x 7, every 12 h x 4 or on days 0, 1, 7"
_SCHEDULES = ("once", "daily", "every", "on", "over")
_RULES = (*ACTIONS, "cross")


def read(
    text: str, drug: str | None, regimen: type[Regimen]
) -> tuple[tuple[Item, ...], tuple[Rule, ...]]:
    """Read the statements of a regimen.

    Parameters
    ----------
    text : str
        Statements joined by ``;`` or ``,``.
    drug : str or None
        The drug meant where a statement names none.
    regimen : type
        What becomes of a regimen inside a rule.

    Raises
    ------
    RegimenError
        Points at the first word it could not read, and shows a regimen that can be read.
    """
    return _Reader(text, drug, regimen).read()


def read_rule(text: str, regimen: type[Regimen]) -> Rule:
    """Read one rule by itself.

    Raises
    ------
    RegimenError
        Points at the first word it could not read, and shows a rule that can be read.
    """
    return _Reader(text, None, regimen, "rule", EXAMPLES[HOLD]).alone()


class _Reader(RuleReader):
    def __init__(
        self,
        text: str,
        drug: str | None,
        regimen: type[Regimen],
        what: str = "regimen",
        example: str = EXAMPLE,
    ) -> None:
        super().__init__(text, what, example)
        self.drug, self.regimen = drug, regimen
        self.items: list[Item] = []
        self.places: list[Word] = []
        self.rules: list[Rule] = []
        self.rule_places: list[Word] = []

    def regimen_within(self, first: int, last: int) -> Regimen:
        inner = _Reader(self.text, None, self.regimen, self.what, self.example)
        inner.words, inner.end, inner.i = self.words[:last], Word("", self.words[last].start), first
        return self.regimen(*inner.read())

    def alone(self) -> Rule:
        word = self.peek()
        if word.lower not in _RULES:
            self.fail(word, f"A rule begins with {', '.join(ACTIONS)}.{near(word, *ACTIONS)}")
        rule = self.rule()
        if not (word := self.peek()).text:
            return rule
        self.fail(word, "One rule was wanted here, and its end.")

    def read(self) -> tuple[tuple[Item, ...], tuple[Rule, ...]]:
        if self.accept("none"):
            if not self.peek().text:
                return (), ()
            self.expect(";", "After 'none' there can only be rules.")
            if self.peek().lower not in _RULES:
                self.fail(self.peek(), "After 'none' there can only be rules.")
        if not self.words:
            raise RegimenError(
                f"The regimen is empty. Write 'none' for no dose; a regimen looks like '{EXAMPLE}'."
            )
        self.statement()
        while not self.accept("") and not self.accept(";", ""):
            word = self.take()
            if not word.ends:
                self.fail(word, f"Put ';' between statements.{near(word, 'from')}")
            self.statement()
        self.check()
        return tuple(self.items), tuple(self.rules)

    def check(self) -> None:
        """Point at the statement that cannot stand where it stands."""
        try:
            lay_out(self.items)
        except RegimenError as e:
            self.fail(self.places[e.item or 0], str(e))
        for k, (place, rule) in enumerate(zip(self.rule_places, self.rules, strict=True)):
            others = [r for r in self.rules[k + 1 :] if r.give is not None]
            for problem in regimen_problems(self.items, [*self.rules[:k], rule, *others]):
                self.fail(place, problem)

    def statement(self) -> None:
        word = self.peek()
        if word.lower == STOP and self.peek(1).lower == "after":
            self.fail(word, "'stop after 2 holds' stands behind its hold.")
        if word.lower in _RULES:
            self.rule_places.append(self.peek(1))
            self.rules.append(self.rule())
            return
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

    def give(self) -> Give:
        dose, word = self.dose(), self.peek()
        schedule = self.schedule(bool(dose.over))
        dose = self.replaced(dose)
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
        procedure = is_volume(unit_text) and route.text.upper() not in ROUTES
        route_text = "" if procedure else self.checked(route, lambda: route_name(self.take().text))
        over = self.time("An infusion", zero=False) if self.accept("over") else ""
        return Dose(drug, amount, unit_text, route_text, over)

    def replaced(self, dose: Dose) -> Dose:
        """Read what replaces the plasma."""
        if not self.accept("with"):
            return dose
        word, words = self.peek(), []
        while not self.peek().ends and self.peek().lower != "from":
            words.append(self.take().text)
        if dose.route:
            self.fail(word, f"Only a procedure has a fluid; leave {dose.route} out, or 'with'.")
        fluid = self.checked(word, lambda: fluid_text(" ".join(words)))
        return replace(dose, fluid=fluid)

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
        if word.ends or word.lower in ("from", "with"):
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
            self.fail(word, f"Say how often: {_HOW_OFTEN}.{near(word, *_SCHEDULES)}")
        unit = word.lower[1 + len(number) :]
        if not unit:
            self.fail(word, f"An interval needs a unit, as in '{word.lower}h'.")
        return self.checked(word, lambda: time_text(longer_than_zero(f"{number} {unit}")))

    def times(self) -> int:
        if not (self.accept("x") or self.accept("×")):
            self.fail(self.peek(), "Say how many times, as in 'x 14'.")
        return self.count()

    def on_days(self) -> OnDays:
        if not (self.accept("days") or self.accept("day")):
            self.fail(self.peek(), "Write 'on days 0, 1, 7'.")
        first = self.peek()
        days = [self.day()]
        while self.peek().text == "," and self.is_number(1) and self._day_ends(self.peek(2)):
            self.take()
            days.append(self.day())
        return self.checked(first, lambda: OnDays(tuple(days)))

    @staticmethod
    def _day_ends(word: Word) -> bool:
        """Whether a number before it is a day, not the amount of a next statement."""
        return word.ends or word.lower == "with"

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
