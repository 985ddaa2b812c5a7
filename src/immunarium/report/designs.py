"""Dose escalation and power in words: for a terminal, and as a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from immunarium.report import page
from immunarium.report.contents import NOTICE
from immunarium.report.designed import LEVELS, Table, answers, levels, notes, parts
from immunarium.report.figures import designs as figures
from immunarium.report.sources import link
from immunarium.report.style import svg
from immunarium.report.terminal import MARKS, plain
from immunarium.report.text import number, percent

if TYPE_CHECKING:
    from immunarium.inference.assurance import Assurance
    from immunarium.trial.escalated import Escalated
    from immunarium.trial.powered import Powered
    from immunarium.trial.result import Score

SIZES = ("patients per arm", "power", "95 %")
ASSURED = ("patients per arm", "power", "assurance", "95 %", "5–95 % of draws")
SPANS = (("low", "high"), ("worst", "best"))
TESTS = {
    "share": "score test of two shares",
    "mean": "Welch's test of two means",
    "time": "log-rank test",
}


def escalation(found: Escalated) -> RenderableType:
    """Print what an escalation names, level by level."""
    table = plain(*LEVELS, right=range(1, len(LEVELS)))
    for row in levels(found):
        table.add_row(*row)
    why = plain("% with", *found.levels["dose"], right=range(1, 1 + len(found.levels)))
    for row in parts(found):
        why.add_row(*row)
    told = Text(f"{found.study.title}: {found.design.method}", "bold")
    lines = [Text(line) for line in answers(found)]
    dim = [Text(line, "dim") for line in notes(found)]
    marks = [
        Text.assemble(f"{s.id}, {s.name}: {_agrees(s)} ", MARKS[s.inside], f" {s.note}")
        for s in found.scores
    ]
    return Group(told, table, "", why, "", *lines, *marks, *dim)


def escalation_page(found: Escalated, file: str) -> str:
    """Return the page of an escalation.

    Parameters
    ----------
    file : str
        Name of the file, for the command that makes it again.
    """
    answer, *lead = answers(found)
    m = found.manifest
    method = f" --method {m['method']}"
    return _page(
        kicker="a dose escalation, simulated",
        study=found.study,
        answer=answer,
        heading=f"Maximum tolerated dose by {found.design.method}",
        lead=[*lead, *(f"{s.name}: {_agrees(s)}. {s.note}" for s in found.scores)],
        chart=svg(figures.escalation(found), "escalation", "Toxicity over dose, and doses named"),
        tables=[
            Table("Level by level", LEVELS, list(levels(found))),
            Table("What limits the dose", ("% with", *found.levels["dose"]), list(parts(found))),
        ],
        notes=list(notes(found)),
        command=f"immunarium escalate {m['study']}{method} --replicates {m['replicates']} "
        f"--pool {m['pool']} --seed {m['seed']} --report {file}",
        manifest=m,
    )


def power(found: Powered, sure: Assurance | None = None) -> RenderableType:
    """Print power at each size, the smallest trial, and the assurance."""
    table = plain(*SIZES, right=range(len(SIZES)))
    for row in _sizes(found):
        table.add_row(*row)
    told = Text(f"{found.study.title}: power", "bold")
    parts: list[RenderableType] = []
    if sure:
        over = plain(*ASSURED, right=range(len(ASSURED)))
        for row in _assured(sure):
            over.add_row(*row)
        parts = [over, ""]
    lines = [Text(line) for line in _power_answers(found)]
    dim = [Text(line, "dim") for line in (*_power_notes(found), *_assured_notes(sure))]
    return Group(told, table, "", *parts, *lines, *dim)


def power_page(found: Powered, sure: Assurance | None, file: str) -> str:
    """Return the page of a power analysis; ``file`` as for an escalation."""
    answer, *lead = _power_answers(found)
    m = found.manifest
    chart = figures.power_curve(found.asked, found.found, found.endpoint.name, found.alpha)
    sizes = ",".join(str(p.n) for p in found.asked)
    asked = f" --n {sizes}" if sizes else ""
    asked += f" --find {found.found.wanted:g}" if found.found else ""
    tables = [Table("Sizes looked at", SIZES, list(_sizes(found)))]
    if sure:
        tables.insert(0, Table("Assurance", ASSURED, list(_assured(sure))))
        asked += f' --assurance --over "{sure.manifest["over"]}"'
        asked += f" --within {100 * sure.manifest['within']:g} --draws {sure.manifest['draws']}"
    return _page(
        kicker="power by simulated trials",
        study=found.study,
        answer=answer,
        heading="Power over patients per arm",
        lead=lead,
        chart=svg(chart, "power", "Power over patients per arm"),
        tables=tables,
        notes=[*_power_notes(found), *_assured_notes(sure)],
        command=f'immunarium power {m["study"]} --endpoint "{m["endpoint"]}"{asked} '
        f"--alpha {m['alpha']:g} --replicates {m['replicates']} --pool {m['pool']} "
        f"--seed {m['seed']} --report {file}",
        manifest=m,
    )


def _sizes(found: Powered) -> Iterator[tuple[str, ...]]:
    looked = found.found.looked if found.found else ()
    every = {p.n: p for p in (*looked, *found.asked)}
    for n in sorted(every):
        p = every[n]
        yield f"{n:,}", percent(100 * p.share), f"{100 * p.low:.0f}–{100 * p.high:.0f}"


def _assured(sure: Assurance) -> Iterator[tuple[str, ...]]:
    for n, row in sure.sizes.iterrows():
        shares = (percent(100 * row[k]) for k in ("power", "assurance"))
        spans = (f"{100 * row[a]:.0f}–{100 * row[b]:.0f}" for a, b in SPANS)
        yield f"{n:,}", *shares, *spans


def _assured_notes(sure: Assurance | None) -> Iterator[str]:
    if sure is None:
        return
    m = sure.manifest
    what = "assumed numbers" if m["over"] == "assumed" else f"numbers ({m['over']})"
    yield (
        f"Assurance: the mean power over {m['draws']} draws of {len(sure.factors)} {what}, each "
        f"drawn evenly and by itself, without a range of its own within ±{100 * m['within']:g} %; "
        f"{m['pool']:,} virtual patients, the same in each draw."
    )


def _power_answers(found: Powered) -> Iterator[str]:
    size = found.found
    if size and size.n is not None:
        low, high = (f"{x:,}" if x is not None else "?" for x in (size.low, size.high))
        yield (
            f"{size.n:,} patients per arm have a power of {percent(100 * size.wanted)} "
            f"(Monte Carlo interval {low} to {high})."
        )
    elif size:
        yield (
            f"Even {size.looked[-1].n:,} patients per arm have no power of "
            f"{percent(100 * size.wanted)}."
        )
    for p in found.asked:
        share = percent(100 * p.share)
        yield f"{p.n:,} patients per arm: {share} of trials have p < {found.alpha:g}."


def _power_notes(found: Powered) -> Iterator[str]:
    first, second = (a.label for a in found.arms)
    scale = 1.0 if found.endpoint.kind == "mean" else 100.0
    unit = "" if scale == 1 else " %"
    what = "had the event" if found.endpoint.kind == "time" else "in the pool"
    a, b = (number(scale * x) + unit for x in found.pool)
    yield found.endpoint.sentence((first, second))
    yield (
        f"{first} {a}, {second} {b} {what}; their difference has a standard error of "
        f"{number(scale * found.error)}{' points' if unit else ''} that comes from the size of the "
        f"pool. The power does not know of it."
    )
    yield (
        f"{found.manifest['replicates']:,} trials of each size, drawn from "
        f"{found.manifest['pool']:,} virtual patients, other patients in each arm; two-sided "
        f"{TESTS[found.endpoint.kind]}."
    )


def _agrees(score: Score) -> str:
    window = score.window
    inside = f", window {number(window[0])}–{number(window[1])}" if window else ""
    return (
        f"observed {number(score.observed)}, simulated {number(score.simulated)} "
        f"{score.unit}{inside}"
    )


def _page(study: Any, **words: Any) -> str:
    return page.html(
        "design.html.j2",
        words
        | {
            "title": study.title,
            "citation": study.citation,
            "source": study.source,
            "source_url": link(study.source),
            "notice": NOTICE,
        },
    )
