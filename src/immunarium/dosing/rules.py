"""Rules: what becomes of doses when a condition holds. As text, as objects and as a mapping."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

from immunarium.core import did_you_mean
from immunarium.dosing.parts import Give, Item, checked_count, drug_name, longer_than_zero
from immunarium.dosing.ticks import RegimenError, number_in, time_text

if TYPE_CHECKING:
    from immunarium.dosing.regimen import Regimen

HOLD, REDUCE, DELAY, SLOW, STOP = "hold", "reduce", "delay", "slow", "stop"
RESCUE, ADD, CROSS = "rescue", "add", "cross over"
ACTIONS = (HOLD, REDUCE, DELAY, SLOW, STOP, RESCUE, ADD, CROSS)
ON_DOSES = (HOLD, REDUCE, DELAY, SLOW, STOP)
"""Actions on the doses of a drug; the others begin doses."""
EXAMPLES = {
    HOLD: "hold aldesleukin when hypotension grade >= 3 until hypotension grade <= 1",
    REDUCE: "reduce aldesleukin to 50 % when creatinine increased grade >= 3",
    DELAY: "delay aldesleukin by 1 d when haemodynamics.MAP < 60 mmHg at most 3 times",
    SLOW: "slow aldesleukin to 50 % when hypotension grade >= 2",
    STOP: "stop aldesleukin when response = PD",
    RESCUE: "rescue with (aldesleukin 1 MIU SC daily x 5) when response = PD",
    ADD: "add (lak_cells 1e10 cells IV over 30 min on days 0, 2) when day >= 84",
    CROSS: "cross over to lak_il2 when response = PD",
}
_STRONGER = {
    frozenset((HOLD, REDUCE)), frozenset((HOLD, DELAY)), frozenset((HOLD, SLOW)),
    frozenset((HOLD, STOP)), frozenset((REDUCE, STOP)), frozenset((DELAY, STOP)),
    frozenset((SLOW, STOP)),
}  # fmt: skip
_KEYS = {
    HOLD: "hold", REDUCE: "reduce", DELAY: "delay", SLOW: "slow", STOP: "stop",
    RESCUE: "rescue with", ADD: "add", CROSS: "cross over to",
}  # fmt: skip
_SHARES = {HOLD: "resume at", REDUCE: "to", SLOW: "to"}


@dataclass(frozen=True)
class Rule:
    """What becomes of doses when a condition holds.

    Parameters
    ----------
    action : str
        ``hold`` a dose, ``reduce`` it, ``delay`` it and all later ones, ``slow`` its infusion,
        ``stop`` the drug; ``rescue`` with a regimen, ``add`` one, ``cross over`` to an arm.
    drug : str
        Whose doses; empty for a rule that begins doses.
    when : str
        The condition, as written; the trial reads it.
    until : str
        Condition that ends a hold, a reduction or a slowing; empty: a hold is of the due dose
        only, and a smaller or slower dose stays.
    share : float or None
        Of the dose as planned: what a reduction leaves, how fast a slowed infusion runs, at what
        a held drug is resumed (None: in full).
    by : str
        How much later a delayed dose is given, such as ``1 d``.
    give : Regimen or None
        What is begun; its start is the moment of the decision.
    arm : str
        Whose regimen and rules a patient crosses over to.
    at_most : int
        Times that a patient can be decided on; 0 for no limit (a rescue or an addition: once).
    stop_after : int
        Doses in a row that, held, end the course; 0 for never.

    Raises
    ------
    RegimenError
        A rule that cannot be followed.
    """

    action: str
    drug: str = ""
    when: str = ""
    until: str = ""
    share: float | None = None
    by: str = ""
    give: Regimen | None = None
    arm: str = ""
    at_most: int = 0
    stop_after: int = 0

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise RegimenError(
                f"No rule does {self.action!r}.{did_you_mean(self.action, ACTIONS, 1)}"
            )
        for name in ("when", "until"):
            object.__setattr__(self, name, " ".join(getattr(self, name).split()))
        object.__setattr__(self, "drug", drug_name(self.drug) if self.drug else "")
        if self.by:
            object.__setattr__(self, "by", time_text(longer_than_zero(self.by)))
        for problem in _problems(self):
            raise RegimenError(f"{problem} An example: '{EXAMPLES[self.action]}'.")
        for count in filter(None, (self.at_most, self.stop_after)):
            checked_count(count)

    @classmethod
    def parse(cls, text: str) -> Rule:
        """Read a rule.

        Raises
        ------
        RegimenError
            Points at the first word that it could not read.
        """
        from immunarium.dosing.regimen import Regimen
        from immunarium.dosing.text import read_rule

        return read_rule(text, Regimen)

    @classmethod
    def of(cls, mapping: Mapping[str, Any] | str) -> Rule:
        """Read a rule from a mapping with the words of its text, or from its text.

        Examples
        --------
        >>> print(Rule.of({"reduce": "aldesleukin", "to": "50 %", "when": "day >= 7"}))
        reduce aldesleukin to 50 % when day >= 7

        Raises
        ------
        RegimenError
            A key that a rule does not have, none of its actions, or a value it cannot have.
        """
        if isinstance(mapping, str):
            return cls.parse(mapping)
        return cls.parse(_text_of(mapping))

    def mapping(self) -> dict[str, Any]:
        """Return the rule as a mapping with the words of its text."""
        return {key: value for key, value in self._parts() if value not in ("", 0)}

    def _parts(self) -> Iterator[tuple[str, Any]]:
        object_ = self.drug or self.arm or str(self.give)
        share = "" if self.share is None else percent_text(self.share)
        yield _KEYS[self.action], object_
        if self.action != HOLD:
            yield _SHARES.get(self.action, "to"), share
        yield from (("by", self.by), ("when", self.when), ("until", self.until))
        if self.action == HOLD:
            yield _SHARES[HOLD], share
        yield from (("at most", self.at_most), ("stop after", self.stop_after))

    def __str__(self) -> str:
        said = self.mapping()
        if self.give is not None:
            said[_KEYS[self.action]] = f"({self.give})"
        return "".join(_said(k, v) for k, v in said.items()).strip()


def _said(key: str, value: Any) -> str:
    """One part of a rule's text, with what joins it to the part before."""
    if key == "resume at":
        return f", {key} {value}"
    if key == "at most":
        return f" {key} {value} {'time' if value == 1 else 'times'}"
    if key == "stop after":
        return f"; {key} {value} {'hold' if value == 1 else 'holds'}"
    return f" {key} {value}"


def percent_text(share: float) -> str:
    """Write a share so that it reads back equal.

    Examples
    --------
    >>> percent_text(0.07)
    '7 %'
    """
    percent = (Decimal(repr(float(share))) * 100).normalize()
    return f"{percent:f} %"


def share_of(percent: str) -> float:
    """Return the share that a number of percent is."""
    value = number_in(percent)
    if value is None:
        raise RegimenError("A share is a number of percent, such as '50 %'.")
    return float(value / 100)


def _text_of(mapping: Mapping[str, Any]) -> str:
    """Text of a rule that was written as a mapping."""
    left = dict(mapping)
    actions = [a for a, key in _KEYS.items() if key in left]
    known = [*_KEYS.values(), "to", "by", "when", "until", "resume at", "at most", "stop after"]
    for key in left:
        if key not in known:
            raise RegimenError(f"A rule has no key {key!r}.{did_you_mean(str(key), known)}")
    if len(actions) != 1:
        raise RegimenError(
            f"A rule has one of the keys {', '.join(_KEYS.values())}; here are {len(actions)}. "
            f"Write, for example, {{hold: aldesleukin, when: hypotension grade >= 3}}."
        )
    key = _KEYS[actions[0]]
    value = left.pop(key)
    out = f"{key} ({value})" if actions[0] in (RESCUE, ADD) else f"{key} {value}"
    order = ("to", "by", "when", "until", "resume at", "at most", "stop after")
    return out + "".join(_said(k, left[k]) for k in order if k in left)


# ------------------------------------------------------------------------------ contradictions


def _problems(rule: Rule) -> Iterator[str]:
    """What is wrong with a rule by itself."""
    action = rule.action
    if not rule.when or any(mark in f"{rule.when}{rule.until}" for mark in ";,"):
        yield f"A rule to {action} says when."
    if action in ON_DOSES and not rule.drug:
        yield f"A rule to {action} names a drug."
    if action not in ON_DOSES and rule.drug:
        yield f"A rule to {action} names no drug."
    wanted: dict[str, tuple[bool, Collection[str]]] = {
        "share": (rule.share is not None, (HOLD, REDUCE, SLOW)),
        "by": (bool(rule.by), (DELAY,)),
        "give": (rule.give is not None, (RESCUE, ADD)),
        "arm": (bool(rule.arm), (CROSS,)),
        "until": (bool(rule.until), (HOLD, REDUCE, SLOW)),
        "stop_after": (bool(rule.stop_after), (HOLD,)),
    }
    for name, (there, actions) in wanted.items():
        if there and action not in actions:
            yield f"A rule to {action} has no {_SAID.get(name, name)}."
        if not there and action in actions and (name in _NEEDED and action != HOLD):
            yield f"A rule to {action} needs {_SAID.get(name, name)}."
    yield from _senseless(rule)


_SAID = {
    "share": "share, such as 'to 50 %'", "by": "time, such as 'by 1 d'", "give": "regimen",
    "stop_after": "'stop after'", "until": "'until': it is for good, or looks again by itself",
}  # fmt: skip
_NEEDED = ("share", "by", "give", "arm")


def _senseless(rule: Rule) -> Iterator[str]:
    if rule.share is not None and not 0 < rule.share <= 1:
        yield f"A share is more than 0 % and at most 100 %, not {percent_text(rule.share)}."
    elif rule.share == 1 and rule.action in (REDUCE, SLOW):
        yield f"To {rule.action} to 100 % changes nothing."
    if rule.action == HOLD and rule.share is not None and not rule.until:
        yield "'resume at' needs 'until': without it only the due dose is held."
    if rule.until and rule.until == rule.when:
        yield f"'{rule.when}' begins and ends the rule '{rule.action} {rule.drug}'."
    if rule.give is not None and (rule.give.rules or not rule.give.doses):
        yield f"A rule to {rule.action} begins doses, and no rules."


def check_rules(
    rules: Iterable[Rule],
    drugs: Collection[str],
    arms: Mapping[str, Iterable[Rule]] | None = None,
) -> list[str]:
    """Return everything that contradicts itself in rules, as sentences; empty if nothing does.

    Parameters
    ----------
    rules : iterable of Rule
        That patients of every arm follow.
    drugs : collection of str
        That are given, by regimens or by rules.
    arms : mapping of str to iterable of Rule, optional
        Each arm's own rules, by its name; None where the arms are not known, so that nothing is
        said about crossing over.

    Examples
    --------
    >>> check_rules([Rule.parse("stop aldesluekin when day >= 7")], ["aldesleukin"])
    ["'stop aldesluekin when day >= 7': nobody gives it. Did you mean aldesleukin?"]
    """
    common, own = list(rules), {name: list(r) for name, r in (arms or {}).items()}
    every = list(dict.fromkeys([*common, *(r for rs in own.values() for r in rs)]))
    given = {*drugs, *(d for r in every if r.give is not None for d in r.give.drugs)}
    out = [
        f"'{r}': nobody gives {r.drug}.{did_you_mean(r.drug, given)}"
        for r in every
        if r.drug and r.drug not in given
    ]
    out += [
        f"'{r}': there is no arm {r.arm!r}.{did_you_mean(r.arm, own)}"
        for r in every
        if arms is not None and r.action == CROSS and r.arm not in own
    ]
    groups = [[*common, *rs] for rs in own.values()] or [common]
    clashes = (c for group in groups for c in _clashes(list(dict.fromkeys(group))))
    return list(dict.fromkeys([*out, *clashes, *_circles(common, own)]))


def regimen_problems(items: Iterable[Item], rules: Iterable[Rule]) -> list[str]:
    """Return what contradicts itself in the rules of one regimen, as sentences."""
    gives, rules = [item for item in items if isinstance(item, Give)], list(rules)
    out = check_rules(rules, {g.dose.drug for g in gives})
    for rule in rules:
        mine = [g for g in gives if g.dose.drug == rule.drug and rule.action == SLOW]
        if any(not g.dose.duration and g.dose.route != "IV" for g in mine):
            out.append(f"'{rule}': a dose of {rule.drug} is no infusion, so nothing can be slowed.")
        gaps = [(g, b - a) for g in mine for a, b in pairwise(g.schedule.times)]
        if any(g.dose.duration > gap * (rule.share or 1) for g, gap in gaps):
            out.append(f"'{rule}': an infusion would not end before the next.")
    return list(dict.fromkeys(out))


def _clashes(rules: list[Rule]) -> Iterator[str]:
    """Rules that want different things of the same drug at the same time."""
    for a, b in combinations(rules, 2):
        same = a.when.lower() == b.when.lower()
        both = f"'{a}' and '{b}'"
        if same and a.drug and a.drug == b.drug and _exclude(a, b):
            yield f"{both} exclude each other: they want different things at the same time."
        given = a.give or b.give
        held = a.drug or b.drug
        if same and given is not None and held in given.drugs and STOP in (a.action, b.action):
            yield f"{both} exclude each other: one stops what the other begins."
        if same and given is not None and held in given.drugs and HOLD in (a.action, b.action):
            yield f"{both} exclude each other: one holds what the other begins."
        if same and a.action == b.action == CROSS and a.arm != b.arm:
            yield f"{both} exclude each other: a patient crosses over to one arm."


def _exclude(a: Rule, b: Rule) -> bool:
    if a.action == b.action:
        return (a.share, a.by) != (b.share, b.by)
    return frozenset((a.action, b.action)) in _STRONGER


def _circles(common: list[Rule], own: Mapping[str, list[Rule]]) -> Iterator[str]:
    """Arms from which patients would cross over back to them."""
    to = {
        name: [r.arm for r in (*rules, *common) if r.action == CROSS and r.arm != name]
        for name, rules in own.items()
    }
    told: set[frozenset[str]] = set()
    for start in to:
        path = _way_back(start, to)
        if path and frozenset(path) not in told:
            told.add(frozenset(path))
            yield f"Patients would cross over in a circle: {' → '.join([*path, start])}."
    for name, rules in own.items():
        if any(r.action == CROSS and r.arm == name for r in rules):
            yield f"Patients of {name} would cross over to {name}: they are there."


def _way_back(start: str, to: Mapping[str, list[str]]) -> list[str]:
    """Shortest way along crossings from an arm back to it; empty if there is none."""
    ways, seen = [[start]], {start}
    for way in ways:
        for arm in to.get(way[-1], ()):
            if arm == start:
                return way
            if arm not in seen:
                seen.add(arm)
                ways.append([*way, arm])
    return []
