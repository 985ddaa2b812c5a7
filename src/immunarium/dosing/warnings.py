"""What a regimen may be given but should be known for: drugs that an exchange takes away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from immunarium.dosing.resolve import ResolvedDose
from immunarium.dosing.ticks import DAY, HOUR, number_text

JUST_BEFORE = DAY
"""An exchange that begins within this time after a drug takes most of it [ticks]."""


@dataclass(frozen=True)
class Warned:
    """A session that takes a drug away.

    Attributes
    ----------
    tick : int
        When the session begins.
    procedure, drug : str
    why : str
        One sentence part, without the day.
    """

    tick: int
    procedure: str
    drug: str
    why: str


def warnings(doses: Iterable[ResolvedDose]) -> Iterator[Warned]:
    """Find sessions during an infusion of a drug that they remove, or soon after one.

    Parameters
    ----------
    doses : iterable of ResolvedDose
        Of one regimen.
    """
    drawn: dict[tuple[str, int], set[str]] = {}
    entered: dict[tuple[str, int], list[ResolvedDose]] = {}
    when: dict[tuple[str, int], ResolvedDose] = {}
    for d in doses:
        key = d.drug, d.number
        if d.target.startswith("clear:"):
            drawn.setdefault(key, set()).add(d.target.removeprefix("clear:"))
            if d.counts:
                when[key] = d
        else:
            entered.setdefault(key, []).append(d)
    for key, session in sorted(when.items(), key=lambda item: item[1].tick):
        nearest: dict[str, int] = {}
        for other, parts in entered.items():
            if other in drawn or not any(p.counts and p.target in drawn[key] for p in parts):
                continue
            start, end = min(p.tick for p in parts), max(p.tick + p.duration for p in parts)
            since = session.tick - end
            if start < session.tick + session.duration and since < JUST_BEFORE:
                nearest[other[0]] = min(nearest.get(other[0], since), since)
        for drug, since in nearest.items():
            yield Warned(session.tick, key[0], drug, why_taken(drug, since))


def why_taken(drug: str, since: int) -> str:
    """Say why an exchange takes a drug that ended so long before it [ticks]; below 0 it runs on."""
    if since < 0:
        return f"runs while {drug} is infused, and removes it"
    hours = number_text(round(since / HOUR, 1))
    return (
        f"begins {hours} h after {drug} and removes much of it: exchange first, or wait for 2 days"
    )


def told(doses: Iterable[ResolvedDose]) -> list[str]:
    """Write warnings down, one line for each procedure and drug."""
    first: dict[tuple[str, str], list[Warned]] = {}
    for w in warnings(doses):
        first.setdefault((w.procedure, w.drug), []).append(w)
    lines: list[str] = []
    for (procedure, _), all_of in first.items():
        day = number_text(round(all_of[0].tick / DAY, 2))
        more = f" ({len(all_of)} sessions)" if len(all_of) > 1 else ""
        lines.append(f"Warning: {procedure} on day {day} {all_of[0].why}{more}.")
    return lines
