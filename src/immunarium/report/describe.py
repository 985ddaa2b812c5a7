"""What there is to know about a therapy, a disease or a study, for a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pandas as pd
from rich.console import Group, RenderableType
from rich.text import Text

from immunarium.core import Disease, Fluid, Fluids, Procedure, Row, Therapy
from immunarium.parameters import WEAKEST_FIRST
from immunarium.report.arrows import value
from immunarium.report.scorecard import number, span
from immunarium.report.terminal import fields, plain
from immunarium.report.text import unit_read
from immunarium.trial.scales import responding

if TYPE_CHECKING:
    from immunarium.trial.protocol import Trial
    from immunarium.trial.scales import Scale


def therapy(t: Therapy) -> RenderableType:
    """Describe a therapy: its routes, what its units are worth, and how it is given."""
    routes = plain("route", "enters", "share that arrives", "after")
    for name, route in t.routes.items():
        into = ", ".join((route.path, *(e.path for e in route.also)))
        if not isinstance(t, Procedure):
            routes.add_row(name, into, route.bioavailability or "all", route.lag or "at once")
    units = plain("number", "value", "evidence", "source", "note")
    for name, row in numbers(t):
        units.add_row(name, value(row), row.evidence, row.source, row.note)
    regimens = plain("regimen", "text", "source")
    for r in t.regimens:
        regimens.add_row(r.name, r.text, r.source)
    tables = (routes, units, regimens)
    return _page(t.name, t.summary, *(x for x in tables if x.row_count))


def numbers(t: Therapy) -> Iterator[tuple[str, Row]]:
    """Every number of a therapy: of a procedure what is drawn, what is added and the fluids."""
    if not isinstance(t, Procedure):
        yield from t.rows.items()
        return
    yield from ((f"draws {name}", row) for name, row in t.rows.items())
    yield from ((f"adds {row.name}", row) for row in t.added)
    if known := t.fluids:
        for f in (*known.fluids, *known.additives):
            yield from ((f"{f.name}: {row.name}", row) for row in known.rows_of(f))


def fluid(f: Fluid, fluids: Fluids) -> RenderableType:
    """Describe a fluid: what it is, and what is in it."""
    inside = plain("holds", "value", "evidence", "source", "note")
    for row in fluids.rows_of(f):
        inside.add_row(row.name, value(row), row.evidence, row.source, row.note)
    return _page(f.name, f.summary, inside)


def numbers_cited(t: Therapy) -> pd.DataFrame:
    """List the numbers of a therapy as `population.sources` does, assumed ones first."""
    columns = ("path", "value", "unit", "evidence", "source", "note")
    rows = [(n, r.value, r.unit, r.evidence, r.source, r.note) for n, r in numbers(t)]
    rows.sort(key=lambda row: WEAKEST_FIRST.index(row[3]))
    return pd.DataFrame(rows, columns=pd.Index(columns))


def disease(d: Disease) -> RenderableType:
    """Describe a disease: its histologies, who can have it, and its modules."""
    histologies = plain("histology", "share where a study gives none")
    for name in filter(None, d.histologies):
        histologies.add_row(name, number(d.shares.get(name, 0.0)))
    scores = plain("score", "a response is", "read from")
    for name, path in d.scores.items():
        scores.add_row(name, responding(name), path)
    bounds = plain("plausible if", "lies in", "because")
    for b in d.plausible:
        bounds.add_row(b.path, f"{b.at_least:g} … {b.at_most:g}", b.why)
    kinds: dict[str, list[str]] = {}
    for name, module in d.model.modules.items():
        kinds.setdefault((type(module).__doc__ or "").split("\n")[0], []).append(name)
    modules = plain("module", "what")
    for what, names in kinds.items():
        modules.add_row(", ".join(names), what)
    tables = (histologies, scores, bounds, modules)
    return _page(d.name, d.summary, *(x for x in tables if x.row_count))


def scale(s: Scale, diseases: Iterable[Disease]) -> RenderableType:
    """Describe a scale: its range and error, what a response is, and which diseases have it."""
    least, most = (number(x) if math.isfinite(x) else "no limit" for x in (s.low, s.high))
    better = "lower" if s.lower else "higher"
    error = f"SD {number(s.sd)}" if s.sd > 0 else f"CV {number(100 * s.cv)} %" if s.cv > 0 else ""
    about = [
        ("range", f"{least} to {most}{unit_read(s.unit)}; {better} is better"),
        ("error of a rater", error or "none"),
        ("a response is", responding(s.name)),
        ("evidence", s.evidence),
        ("source", s.source),
        ("note", s.note),
        ("rated in", ", ".join(d.name for d in diseases if s.name in d.scores)),
    ]
    return _page(s.name, "A scale that raters write down at visits.", fields(about))


def study(t: Trial) -> RenderableType:
    """Describe a study: its arms, its targets and what its sources leave open."""
    about = fields([("cite", t.citation), ("source", t.source), ("disease", t.disease.name)])
    arms = plain("arm", "n", "regimen", right=(1,))
    for a in t.arms:
        arms.add_row(a.label, str(a.n), str(a.regimen))
    targets = plain("target", "", "observed", "window", "role", "tier", "source", right=(2,))
    for x in t.targets:
        observed = f"{number(x.observed)} {x.unit}"
        window = f"tail {span(x.tail)}" if x.tail else span(x.window)
        targets.add_row(x.id, x.name, observed, window, x.role, x.tier, x.source)
    assumed = plain("assumed", "choice", "because")
    for y in t.assumed:
        assumed.add_row(y.what, y.choice, y.reason)
    return _page(t.name, t.title, about, arms, targets, assumed)


def _page(name: str, summary: str, *parts: RenderableType) -> RenderableType:
    spaced = (x for part in parts for x in ("", part))
    return Group(Text(name, style="bold"), Text(summary), *spaced)
