"""Tables for a terminal: the end of a command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from immunarium.report.designed import Told, told
from immunarium.report.endpoints import endpoints
from immunarium.report.outcome import ENDPOINTS, asked, scored
from immunarium.report.scorecard import explained, groups, number
from immunarium.report.text import listed, span
from immunarium.report.warned import extrapolated, uncounted, warned
from immunarium.trial.ctcae import told_apart

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from immunarium.inference import Calibration, LeftOut, Record
    from immunarium.trial.protocol import Trial
    from immunarium.trial.result import TrialResult

MEASURED = (
    "* a laboratory value at its worst moment, which after an exchange is the end of a session; "
    "nobody need feel it."
)
MARKS = {True: Text("inside", "green"), False: Text("outside", "bold red"), None: Text("–", "dim")}


def comparison(result: TrialResult) -> RenderableType:
    """Compare: what became of the arms, then observed beside simulated."""
    parts: list[RenderableType] = [_drawn(result)]
    if caveat := result.study.disease.caveat:
        parts.insert(0, Text(caveat, "bold"))
    if said := told(result):
        parts += [_design(said), Text("Each arm by itself", "bold")]
    tables = [_arms(result), "", _endpoints(result)]
    parts += ["", *reversed(tables)] if scored(result) else tables
    if result.scores:
        words = [Text(line, "dim") for line in explained(result.scores)]
        parts += ["", _scorecard(result), "", *words]
    cautions = [Text(line, "yellow") for line in warned(result)]
    return Group(Text(result.study.title, "bold"), *parts, *_why(result), *cautions)


def _drawn(result: TrialResult) -> Text:
    """Say how many draws it took to find plausible patients."""
    kept, refused = (result.manifest[key] for key in ("pool", "implausible draws"))
    disease = result.study.disease.name
    if len(result.fit):
        far, ess = result.fit["distance_selected"].max(), result.fit["ess"].iloc[0]
        return Text(
            f"{kept:,} virtual patients selected to published distributions, at most {far:.3f} "
            f"from them (Kolmogorov–Smirnov); effective sample {ess:.0f} of those drawn.",
            "dim",
        )
    return Text(
        f"{kept:,} virtual patients of {kept + refused:,} drawn; {refused:,} were implausible "
        f"(for the bounds: immunarium show {disease}).",
        "dim",
    )


def _design(said: Told) -> RenderableType:
    """Print what the design came to."""
    parts: list[RenderableType] = ["", Text(said.heading, "bold")]
    for table in said.tables:
        out = plain(*table.columns, right=range(1, len(table.columns)))
        for row in table.rows:
            out.add_row(*row)
        parts += [out, ""]
    lines = [Text(line) for line in (said.answer, *said.lines)]
    return Group(*parts, *lines, *(Text(line, "dim") for line in said.notes), "")


def _why(result: TrialResult) -> list[Text]:
    """Say of the targets that are missed what their study file knows of the reason."""
    notes: dict[str, list[str]] = {}
    nobody = uncounted(result)
    for s in result.scores:
        if s.inside is False and s.id not in nobody:
            notes.setdefault(s.note, []).append(s.id)
    return [
        Text(f"{listed(ids)} {'is' if len(ids) == 1 else 'are'} outside. {note}".rstrip(), "yellow")
        for note, ids in notes.items()
    ]


def _arms(result: TrialResult) -> Table:
    arms = result.arms.values()
    known = [e for e in asked(result) if any(e in arm.endpoints.index for arm in arms)]
    names = [ENDPOINTS[e] for e in known]
    out = plain("arm", "patients", *names, right=range(1, 2 + len(known)))
    for arm in result.arms.values():
        cells = (_percent(arm.endpoints, name) for name in known)
        out.add_row(arm.label, f"{len(arm.patients):,}", *cells)
    return out


def _percent(endpoints: pd.DataFrame, name: str) -> str:
    if name not in endpoints.index:
        return "–"
    percent, low, high = endpoints[["percent", "low", "high"]].loc[name].astype(float)
    return f"{percent:.1f} % [{low:.0f}–{high:.0f}]"


def _endpoints(result: TrialResult) -> Table:
    """List each endpoint by its first measure; the page has all of them."""
    out = plain("endpoint", "", "95 %", "90 % of trials", "p of pool", "power", right=range(1, 6))
    for endpoint in endpoints(result):
        out.add_row(Text(endpoint.name, "bold"))
        for rows in (endpoint.estimates, endpoint.comparisons):
            for row in (r for r in rows if r.measure == rows[0].measure):
                who = f"  {row.who}: {row.measure}"
                out.add_row(who, row.value, row.interval, row.trials, row.p, row.power)
    return out


def _scorecard(result: TrialResult) -> Table:
    out = plain("target", "", "observed", "simulated", "90 % of trials", "window", "", right=(2, 3))
    nobody = uncounted(result)
    for group in groups(result.scores):
        out.add_row(Text(f"{group.title}: {group.tally}", "bold"))
        for row in group.rows:
            out.add_row(
                row.id, row.name, row.observed, row.simulated, row.interval, row.window,
                Text("nobody", "yellow") if row.id in nobody else MARKS[row.inside],
            )  # fmt: skip
    return out


def studies(trials: Iterable[Trial]) -> RenderableType:
    """List studies with what they are scored on."""
    out = plain("study", "what", "arms", "targets")
    for t in trials:
        roles = [x.role for x in t.targets]
        counts = (f"{roles.count(r)} {r}" for r in dict.fromkeys(roles))
        out.add_row(t.name, t.title, str(len(t.arms)), ", ".join(counts))
    return out


def sources(table: pd.DataFrame) -> RenderableType:
    """List every number and its source, in the order given."""
    out = plain("evidence", "number", "value", "source", "note")
    for row in table.to_dict("records"):
        value = f"{row['value']} {row['unit']}".removesuffix(" 1")
        out.add_row(row["evidence"], row["path"], value, row["source"], row["note"])
    counts = table["evidence"].value_counts(sort=False)
    total = ", ".join(f"{n} {kind}" for kind, n in counts.items())
    return Group(out, Text(f"{len(table)} numbers: {total}.", "bold"))


def calibration(plan: Calibration, record: Record) -> RenderableType:
    """Show what moved, and how far each target is from what was observed."""
    moved = plain("number", "from", "to", "unit", right=(1, 2))
    for path, value in record.numbers.items():
        moved.add_row(path, number(value["start"]), number(value["end"]), value["unit"])
    met = plain("target", "observed", "before", "after", "window", "", right=(1, 2, 3))
    for name, t in record.targets.items():
        low, high = t["window"]
        met.add_row(
            name, number(t["observed"]), number(t["start"]), number(t["end"]),
            f"{number(low)} – {number(high)}", MARKS[t["inside"]],
        )  # fmt: skip
    spent = (
        f"objective {record.objective_end:.3g}: the tables as they stand"
        if record.evaluations == 1
        else f"objective {record.objective_start:.3g} → {record.objective_end:.3g} "
        f"in {record.evaluations} evaluations"
    )
    spent += f", {record.pool} patients, seed {record.seed}"
    return Group(Text(plan.title, "bold"), moved, "", met, Text(spent, "dim"))


def left_out(plan: Calibration, record: LeftOut) -> RenderableType:
    """Show each trial as the fit to the others predicts it."""
    table = plain("without", "target", "observed", "predicted", "window", "", right=(2, 3))
    for trial in record.trials:
        for k, (name, t) in enumerate(trial.targets.items()):
            low, high = t["window"]
            table.add_row(
                trial.study if k == 0 else "", name, number(t["observed"]), number(t["predicted"]),
                f"{number(low)} – {number(high)}", MARKS[t["inside"]],
            )  # fmt: skip
    told = (
        f"{record.inside} of {len(record.trials)} trials are inside with all their targets, each "
        f"left out of its fit; {record.evaluations} evaluations a fit, {record.pool} patients, "
        f"seed {record.seed}"
    )
    return Group(Text(plan.title, "bold"), table, Text(told, "dim"))


def simulation(
    run: xr.Dataset, folder: Path, new: bool, scored: Mapping[str, str]
) -> RenderableType:
    """Sum a run up: scores, doses, deaths and worst grades.

    Parameters
    ----------
    new : bool
        Whether it was not there yet.
    scored : mapping of str to str
        Paths of the disease's scores, by name.
    """
    out, marked = plain("", "patients", "any", "grade ≥ 3", right=(1, 2, 3)), set[str]()
    n = run.sizes["patient"]
    given, asked = (float(run[f"doses_{x}"].mean()) for x in ("given", "asked"))
    out.add_row("followed", f"{n:,}")
    out.add_row("failed", f"{int(run['failed'].sum()):,}")
    out.add_row("dead at the end", f"{int((run['death_day'] >= 0).sum()):,}")
    for name in map(str, run.data_vars):
        if name.startswith("grade."):
            worst = run[name].to_numpy()
            if worst.any():
                shares = (f"{100 * (worst >= grade).mean():.0f} %" for grade in (1, 3))
                term = name.removeprefix("grade.")
                marked |= {term} & told_apart()
                out.add_row(f"{term} *" if term in marked else term, "", *shares)
    doses = f"Doses: {number(given)} given of {number(asked)} asked, per patient."
    where = f"{'Written to' if new else 'There already:'} {folder}"
    alone = "No fluids, pressors or holds are given beyond what the regimen says."
    lines = (doses if asked else "No doses were asked.", where, run.attrs["notice"], alone)
    said = [MEASURED] if marked else []
    said += run.attrs.get("warnings", "").splitlines()
    if "patient.age" in run:
        said += extrapolated(np.atleast_1d(run["patient.age"]))
    courses = [_courses(run, scored), ""] if scored else []
    return Group(*courses, out, *map(Text, (*_failures(run), *said, *lines)))


def _courses(run: xr.Dataset, scored: Mapping[str, str]) -> Table:
    """Show the scores of a run at the start, at four weeks and at the end."""
    time = run["time"].to_numpy() / 24
    days = [0.0, *(d for d in (28.0,) if d < time[-1]), float(time[-1])]
    out = plain("median [5–95 %]", *(f"day {d:.0f}" for d in days), right=range(1, 4))
    for name, path in scored.items():
        if path in run and "patient" in run[path].dims:
            at = run[path].isel(time=[int(np.abs(time - d).argmin()) for d in days])
            low, middle, high = (at.quantile(q, "patient").to_numpy() for q in (0.05, 0.5, 0.95))
            per, unit = (1e-3, " g/L") if at.attrs.get("units") == "mg/L" else (1.0, "")
            out.add_row(name, *(
                f"{number(per * m)}{unit} [{span((per * a, per * b))}]"
                for a, m, b in zip(low, middle, high, strict=True)
            ))  # fmt: skip
    return out


def _failures(run: xr.Dataset) -> list[str]:
    """Say of the first patient that failed why."""
    failed = run["failed"].to_numpy()
    if not failed.any():
        return []
    first = int(failed.argmax())
    patient, why = (run[name][first].item() for name in ("patient", "why_failed"))
    return [f"Patient {patient} was the first to fail: {why}."]


def plain(*columns: str, right: Iterable[int] = ()) -> Table:
    """Return an empty table without lines."""
    out = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for i, column in enumerate(columns):
        out.add_column(column, overflow="fold", justify="right" if i in right else "left")
    return out


def fields(rows: Iterable[tuple[str, str]]) -> Table:
    """Return a table of labels and texts."""
    out = Table.grid(padding=(0, 2, 0, 0))
    out.add_column(style="dim")
    out.add_column(overflow="fold")
    for label, text in rows:
        out.add_row(label, text)
    return out
