"""What happened, in a sentence and in four tiles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING

from immunarium.report import endpoints
from immunarium.report.style import DASHES, arm_colours, variable
from immunarium.report.text import number, percent, span, unit_read
from immunarium.trial.escalated import Escalated

if TYPE_CHECKING:
    from immunarium.trial.result import ArmResult, TrialResult

ENDPOINTS = {
    "response": "Response",
    "complete response": "Complete response",
    "grade >= 3": "Any grade ≥ 3",
    "treatment death": "Treatment deaths",
}


@dataclass(frozen=True)
class Arm:
    """An arm as the page names it."""

    label: str
    colour: str
    dashes: str
    regimen: str


@dataclass(frozen=True)
class Tile:
    """One outcome: the first arm large, every arm below."""

    title: str
    value: str
    note: str
    arms: list[tuple[Arm, str]]


def arms(result: TrialResult) -> list[Arm]:
    """List the arms with their colours."""
    return [
        Arm(arm.label, variable(colour), " ".join(f"{2 * d:g}" for d in dashes), arm.regimen)
        for (name, colour), dashes in zip(arm_colours(result.arms).items(), cycle(DASHES))
        for arm in [result.arms[name]]
    ]


def answer(result: TrialResult) -> str:
    """Say what was observed, what was simulated, and whether they agree.

    The first predicted score speaks, or the first of all; without any, the first endpoint.
    """
    scores = sorted(result.scores, key=lambda s: s.role != "predict")
    if not scores:
        return next(map(_said, endpoints.endpoints(result)), "No published number is compared.")
    s = scores[0]
    unit = unit_read(s.unit)
    name = f"{s.name[:1].upper()}{s.name[1:]}"
    label = result.arms[s.arm].label if s.arm in result.arms else ""
    arm = f", {label}" if label and label.casefold() not in name.casefold() else ""
    if isinstance(result.design, Escalated) and s in result.design.scores:
        arm = f", by {result.design.design.method}"  # no arm has it
    verdict = {True: "They agree.", False: "They disagree.", None: "It is shown, not scored."}
    return (
        f"{name}{arm}: observed {number(s.observed)}{unit}, simulated "
        f"{number(s.simulated)}{unit}; 90 % of simulated trials gave {span(s.interval90)}. "
        f"{verdict[s.inside]}"
    )


def _said(endpoint: endpoints.Endpoint) -> str:
    """Say what the arms came to, and how far the first two compared are apart."""
    first = endpoint.estimates[0].measure
    arms = "; ".join(f"{e.who} {e.value}" for e in endpoint.estimates if e.measure == first)
    said = f"{endpoint.name}, {first}: {arms}."
    if endpoint.comparisons:
        c = endpoint.comparisons[0]
        said += f" {c.who}: {c.measure} {c.value}, 90 % of simulated trials {c.trials}."
    return said


def population(result: TrialResult) -> str:
    """State who was simulated, and how intervals were made."""
    m = result.manifest
    sizes = ", ".join(f"{a.n} for {a.label}" for a in result.study.arms)
    return (
        f"{m['pool']:,} virtual patients, the same in every arm. Intervals hold 90 % of "
        f"{m['replicates']:,} trials drawn from them, of the size of the study's arms: {sizes}."
    )


def tiles(result: TrialResult) -> list[Tile]:
    """Fill the tiles: the first endpoints of scores, or responses; harm; and the doses."""
    every = list(result.arms.values())
    shown = dict(_first(result, 2))
    known = [e for e in asked(result) if all(e in arm.endpoints.index for arm in every)]
    shown |= {ENDPOINTS[e]: [_share(arm, e) for arm in every] for e in known}
    if not scored(result) or any(held(arm) for arm in every):
        shown["Doses given of asked"] = [_doses(arm) for arm in every]
    keys = arms(result)
    return [
        Tile(title, *texts[0], [(k, value) for k, (value, _) in zip(keys, texts, strict=True)])
        for title, texts in shown.items()
    ]


def scored(result: TrialResult) -> bool:
    """Whether its patients have scores, and no lesions that respond."""
    return any("responds" in arm.patients for arm in result.arms.values())


def asked(result: TrialResult) -> list[str]:
    """List the outcomes that are shown of every trial; of scores the endpoints speak instead."""
    return [e for e in ENDPOINTS if not (scored(result) and "response" in e)]


def held(arm: ArmResult) -> bool:
    """Whether more than one patient in twenty was not given all that was asked."""
    given, asked = arm.patients["doses_given"], arm.patients["doses_asked"].max()
    return float((given < asked).mean()) > 0.05


def _first(result: TrialResult, most: int) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Print the first endpoints of a trial of scores: by arm the value, and that of trials."""
    if not scored(result):
        return
    for endpoint in [*endpoints.endpoints(result)][:most]:
        first = [e for e in endpoint.estimates if e.measure == endpoint.estimates[0].measure]
        said = [f"90 % of trials: {e.trials}" if e.trials else e.measure for e in first]
        yield endpoint.name, [(e.value, t) for e, t in zip(first, said, strict=True)]


def _share(arm: ArmResult, endpoint: str) -> tuple[str, str]:
    row = arm.endpoints.loc[[endpoint]]
    share, low, high = (row[c].item() for c in ("percent", "low", "high"))
    return percent(share), f"90 % of trials: {span((round(low), round(high)))} %"


def _doses(arm: ArmResult) -> tuple[str, str]:
    given, asked = arm.patients["doses_given"], arm.patients["doses_asked"].max()
    low, high = given.quantile([0.05, 0.95])
    return f"{given.median():.0f} of {asked}", f"90 % of patients: {span((low, high))}"
