"""Rules in regimen text, word by word."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from immunarium.dosing.parts import RESERVED, drug_name
from immunarium.dosing.rules import (
    CROSS,
    DELAY,
    EXAMPLES,
    HOLD,
    ON_DOSES,
    REDUCE,
    RESCUE,
    SLOW,
    Rule,
    share_of,
)
from immunarium.dosing.words import Words

if TYPE_CHECKING:
    from immunarium.dosing.regimen import Regimen


class RuleReader(Words, ABC):
    """Reads rules; ``drug`` is the one meant where a rule names none."""

    drug: str | None = None

    @abstractmethod
    def regimen_within(self, first: int, last: int) -> Regimen:
        """Read the regimen that stands from one word up to another."""

    def rule(self) -> Rule:
        """Read a rule, from its first word on."""
        first = self.take()
        action = CROSS if first.lower == "cross" else first.lower
        said: dict[str, Any] = {"action": action}
        if action in ON_DOSES:
            said["drug"] = self.drug_of_rule()
        else:
            said |= self.begun(action)
        if action in (REDUCE, SLOW):
            self.expect("to", f"Write '{EXAMPLES[action]}'.")
            said["share"] = self.percent()
        if action == DELAY:
            self.expect("by", f"Write '{EXAMPLES[action]}'.")
            said["by"] = self.time("A delay", zero=False)
        said["when"] = self.condition("when", action)
        self.clauses(action, said)
        return self.checked(first, lambda: Rule(**said))

    def drug_of_rule(self) -> str:
        """Read whose doses a rule is about."""
        word = self.peek()
        if self.drug is not None and word.lower in ("when", "to", "by"):
            return drug_name(self.drug)
        self.take()
        return self.checked(word, lambda: drug_name(word.text))

    def begun(self, action: str) -> dict[str, Any]:
        """Read what a rule begins: a regimen, or an arm's."""
        if action == CROSS:
            for word in ("over", "to"):
                self.expect(word, f"Write '{EXAMPLES[CROSS]}'.")
            word = self.take()
            if word.ends or word.lower in RESERVED:
                self.fail(word, f"The name of an arm was wanted here: '{EXAMPLES[CROSS]}'.")
            return {"arm": word.text}
        if action == RESCUE:
            self.expect("with", f"Write '{EXAMPLES[RESCUE]}'.")
        return {"give": self.bracketed(action)}

    def bracketed(self, action: str) -> Regimen:
        """Read the regimen in brackets."""
        opening = self.peek()
        self.expect("(", f"Put the regimen in brackets: '{EXAMPLES[action]}'.")
        close = next((k for k in range(self.i, len(self.words)) if self.words[k].text == ")"), None)
        if close is None:
            self.fail(opening, "This bracket is not closed.")
        if close == self.i:
            self.fail(opening, f"There is no regimen in the brackets: '{EXAMPLES[action]}'.")
        first, self.i = self.i, close + 1
        return self.regimen_within(first, close)

    def condition(self, word: str, action: str) -> str:
        """Return the text of a condition, behind the word that announces it."""
        hint = f"A rule says {word}: '{EXAMPLES[action]}'."
        self.expect(word, hint)
        start, depth = self.peek(), 0
        while not self.ends_condition(depth):
            depth += {"(": 1, ")": -1}.get(self.take().text, 0)
        condition = self.text[start.start : self.peek().start]
        if not condition.strip():
            self.fail(start, hint)
        return condition

    def ends_condition(self, depth: int) -> bool:
        """Whether a condition ends before the next word."""
        word = self.peek()
        if word.text in ("", ";", ",") or (word.text == ")" and not depth):
            return True
        return word.lower == "until" or (word.lower == "at" and self.peek(1).lower == "most")

    def clauses(self, action: str, said: dict[str, Any]) -> None:
        """Read what may stand behind the condition."""
        if self.peek().lower == "until":
            said["until"] = self.condition("until", action)
        if self.accept(",", "resume"):
            self.expect("at", "Write 'resume at 50 %'.")
            said["share"] = self.percent()
        if self.accept("at", "most"):
            said["at_most"] = self.count()
            if not self.accept("time"):
                self.expect("times", "Write 'at most 2 times'.")
        if action == HOLD:
            said["stop_after"] = self.stop()

    def percent(self) -> float:
        """Read a share."""
        word = self.take()
        number = word.text.removesuffix("%")
        share = self.checked(word, lambda: share_of(number))
        if number == word.text:
            self.expect("%", "A share is a number of percent, such as '50 %'.")
        return share

    def stop(self) -> int:
        """Read after how many holds the course ends."""
        if not self.accept(";", "stop", "after"):
            return 0
        count = self.count()
        if not self.accept("hold"):
            self.expect("holds", "Write 'stop after 2 holds'.")
        return count
