"""Two pages: what a trial depends on, and why patients had an outcome; and both on a terminal."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from rich.console import Group
from rich.text import Text

from immunarium import NOTICE
from immunarium.report.charts import Chart
from immunarium.report.figures import sensitivity as draw
from immunarium.report.style import PALETTE, svg
from immunarium.report.terminal import plain
from immunarium.report.text import number, percent

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure
    from rich.console import RenderableType

    from immunarium.inference import Explanation, Sensitivity
    from immunarium.inference.explain import Case
    from immunarium.inference.factors import Factor

METHODS = {
    "sobol": "Sobol indices: the share of the variance of an output that goes with a factor, alone "
    "(first order) and with all others (total order), on Saltelli's design",
    "morris": "Elementary effects (Morris): how far the output moves when one factor goes over its "
    "whole range, from many starting points; a large spread means curves or company",
    "pawn": "PAWN: how far the distribution of the output changes when a factor is held in a tenth "
    "of its range",
}
MOVES = (
    "What moves is the middle of a number: every patient moves with it and keeps their own "
    "distance from it. So this is about not knowing a number, not about how patients differ."
)
CAUSE = (
    "A difference between groups is no cause: another number may be behind both. So patients are "
    "also run again with the median in place of their own number, all else kept."
)
COLUMNS = {
    "sobol": ("total", "total_low", "total_high", "first"),
    "morris": ("mu_star", "mu_star_low", "mu_star_high", "mu", "sigma"),
    "pawn": ("median", "mean", "most", "noise"),
}
HEADS = {
    "sobol": ("total order", "first order"),
    "morris": ("μ*", "μ", "σ"),
    "pawn": ("median", "mean", "largest", "noise"),
}
_SCATTERED, _STRIPS, _LINES = 6, 6, 15


def typed() -> str:
    """Return the command that is running, as it was typed."""
    return shlex.join(["immunarium", *sys.argv[1:]])


def _page(template: str, **words: Any) -> str:
    environment = Environment(
        loader=PackageLoader("immunarium.report"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template(template).render(palette=PALETTE, notice=NOTICE, **words)


class _Charts:
    """Figures of a page, each with a name of its own."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, figure: Figure, shows: str) -> Chart:
        self.made += 1
        return Chart(svg(figure, f"f{self.made}", shows), shows)


# ------------------------------------------------------------------------------------ sensitivity


def sensitivity_page(result: Sensitivity, command: str, path: Path) -> None:
    """Write the page of a sensitivity analysis."""
    chart = _Charts()
    stages = [result, *([result.screening] if result.screening else [])]
    page = _page(
        "sensitivity.html.j2",
        result=result, title=f"What {result.study} depends on", answer=answer(result),
        moves=MOVES, stages=[_stage(s, chart) for s in stages],
        factors=[_factor(f) for f in result.factors], command=command,
    )  # fmt: skip
    path.write_text(page, encoding="utf-8")


def _stage(result: Sensitivity, chart: _Charts) -> dict[str, Any]:
    """What a template says of one design."""
    screening = result.method == "morris"
    outputs: list[dict[str, Any]] = []
    for i, o in enumerate(result.outputs):
        table = result.of(o.name)
        moving = draw.moving(result, o.name)
        figures = [chart(draw.ranking(result, o.name), f"Factors of {o.name}, by what they matter")]
        if screening:
            figures.append(chart(draw.plane(result, o.name), f"Effects of factors on {o.name}"))
        small = [
            chart(draw.scatter(result, o.name, str(f)), f"{o.name} over {f}")
            for f in moving.index[: 0 if screening else _SCATTERED]
        ]
        y = result.samples["y"].to_numpy()[:, i]
        outputs.append({
            "name": o.name, "unit": o.unit, "as_it_is": number(result.samples.attrs["as_it_is"][i]),
            "low": number(float(y.min())), "high": number(float(y.max())),
            "left_out": result.left_out[o.name], "figures": figures, "small": small,
            "rows": [(str(f), cells(result.method, row)) for f, row in table.iterrows()],
            "still": len(table) - len(moving),
        })  # fmt: skip
    return {
        "name": "Screening" if screening else "Indices",
        "id": f"{result.method}", "method": METHODS[result.method], "heads": HEADS[result.method],
        "samples": f"{result.samples.sizes['sample']:,}", "factors": len(result.factors),
        "patients": result.patients, "outputs": outputs,
        "lost": int(result.samples["lost"].sum()),
    }  # fmt: skip


def cells(method: str, row: Any) -> list[str]:
    """Write the measures of a factor: the first with its interval."""
    first, *others = COLUMNS[method]
    if method == "pawn":
        return [number(row[c]) for c in (first, *others)]
    low, high, *rest = others
    own = f"{number(row[first])} ({number(row[low])} to {number(row[high])})"
    return [own, *(number(row[c]) for c in rest)]


def _factor(f: Factor) -> dict[str, str]:
    return {
        "name": f.name, "low": number(f.low), "centre": number(f.centre), "high": number(f.high),
        "unit": "" if f.unit == "1" else f.unit, "basis": f.basis, "evidence": f.evidence,
        "paths": f"{len(f.of)} modules" if len(f.of) > 1 else "",
    }  # fmt: skip


def answer(result: Sensitivity) -> str:
    """Say in a sentence what matters most for each output."""
    said: list[str] = []
    for o in result.outputs:
        moving = draw.moving(result, o.name)
        if not len(moving):
            said.append(f"Nothing that was moved changes {o.name}.")
            continue
        names = [str(n) for n in moving.index[:3]]
        many = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
        said.append(f"{_capital(o.name)} depends most on {many}.")
    return " ".join(said)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def sensitivity_table(result: Sensitivity) -> RenderableType:
    """Show the indices of each output."""
    parts: list[RenderableType] = []
    for o, now in zip(result.outputs, result.samples.attrs["as_it_is"], strict=True):
        title = f"{o.name} [{o.unit}] of {result.study}, {result.arm}: {number(now)} as it is"
        parts.append(Text(title, "bold"))
        heads = HEADS[result.method]
        table = plain("factor", "range", *heads, right=range(2, 2 + len(heads)))
        ranges = {f.name: f for f in result.factors}
        for name, row in list(result.of(o.name).iterrows())[:_LINES]:
            f = ranges[str(name)]
            span = f"{number(f.low)} – {number(f.high)}{'' if f.unit == '1' else f' {f.unit}'}"
            table.add_row(str(name), span, *cells(result.method, row))
        parts += [table, ""]
    n, who = result.samples.sizes["sample"], result.patients
    people = f"the same {who} patients" if who else "the typical patient"
    parts.append(Text(f"{len(result.factors)} factors, {n:,} samples of {people}. {MOVES}", "dim"))
    if lost := int(result.samples["lost"].sum()):
        parts.append(
            Text(
                f"{lost:,} patients of all samples had no state of rest, or could not be followed.",
                "dim",
            )
        )
    parts.append(Text(f"Kept in {result.folder}", "dim"))
    return Group(*parts)


# ---------------------------------------------------------------------------------- why patients


def explanation_page(result: Explanation, command: str, path: Path) -> None:
    """Write the page of an explanation."""
    chart = _Charts()
    differ = [str(n) for n in result.differences.index if n in result.patients][:_STRIPS]
    swept = list(dict.fromkeys(map(str, result.forced["number"])))
    case = result.case
    page = _page(
        "explain.html.j2",
        result=result, case=case, cause=CAUSE, command=command,
        title=f"Why patients of {result.study} had: {result.output.name}",
        answer=told(result), story=story(result, case) if case else "",
        strips=[chart(draw.groups(result, n), f"{n} in both groups") for n in differ],
        medians=[chart(draw.medians(result), "Outcomes with medians in place of own numbers")],
        levels=[chart(draw.levels(result, n), f"{result.output.name} over {n}") for n in swept],
        alone=[chart(draw.alone(case, result.output.name), "One patient")] if case else [],
        differences=_differences(result), swaps=_swaps(case) if case else [],
        outcomes=_outcomes(case) if case else [], share=percent(result.share),
        pool=len(result.patients),
    )  # fmt: skip
    path.write_text(page, encoding="utf-8")


def told(result: Explanation) -> str:
    """Say in a sentence or two what was found."""
    sure = [str(n) for n in result.differences.index[result.differences["p_adjusted"] < 0.05]]
    differ = f"They differ from the others in {_list(sure[:3])}" if sure else (
        "They differ from the others in nothing more than chance would do"
    )  # fmt: skip
    lost = result.swapped[result.swapped["lost"] > 0]
    cost = (
        f"the median in place of their {lost.index[0]} would have cost "
        f"{percent(float(lost['lost'].iloc[0]))} of them the outcome"
        if len(lost)
        else "no median in place of a single number would have cost any of them the outcome"
    )
    had = f"{percent(result.share)} of {len(result.patients)} patients of {result.arm}"
    return f"{had} had: {result.output.name}. {differ}; {cost}."


def _list(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def story(result: Explanation, case: Case) -> str:
    """Say of one patient what would have changed the outcome."""
    flips = [str(n) for n in case.swaps.index[case.swaps["flips"]]]
    have = "had" if case.outcome else "did not have"
    other = (
        f"With the median of {_list(flips[:4])}{' or others' if len(flips) > 4 else ''} alone it "
        f"would have been otherwise."
        if flips
        else "The median in place of any single number would have changed nothing."
    )
    both = "the same" if case.together == case.outcome else "otherwise"
    many = f" With the medians of what matters most in the pool, all at once, it is {both}."
    return (
        f"Patient {case.patient} ({case.histology or result.study}) {have}: {result.output.name}. "
        f"{other}{many}"
    )


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _differences(result: Explanation) -> list[tuple[str, list[str]]]:
    rows: list[tuple[str, list[str]]] = []
    for name, d in result.differences.head(_LINES).iterrows():
        unit = "" if d["unit"] == "1" else f" {d['unit']}"
        flag = str(name).startswith("histology")
        middle = ["–", "–"] if flag else [f"{number(d[c])}{unit}" for c in ("yes", "no")]
        rows.append((str(name), [*middle, f"{d['smd']:+.2f}", f"{d['auc']:.2f}", _p(d["p"]),
                                 _p(d["p_adjusted"])]))  # fmt: skip
    return rows


def _swaps(case: Case) -> list[tuple[str, list[str]]]:
    rows: list[tuple[str, list[str]]] = []
    for name, s in case.swaps.head(_LINES).iterrows():
        unit = "" if s["unit"] == "1" else f" {s['unit']}"
        moved = f"{100 * s['moved']:+.1f}" if "moved" in s and s["moved"] == s["moved"] else "–"
        rows.append((str(name), [f"{number(s['own'])}{unit}", f"{number(s['median'])}{unit}",
                                 f"{s['percentile']:.0f}", moved,
                                 "otherwise" if s["flips"] else "the same"]))  # fmt: skip
    return rows


def _outcomes(case: Case) -> list[list[str]]:
    rows: list[list[str]] = []
    for _, o in case.outcomes.iterrows():
        change = o.get("best_change", float("nan"))
        rows.append([
            str(o["label"]), "yes" if o["outcome"] == 1 else "no", str(o.get("response", "–")),
            f"{100 * change:+.0f} %" if change == change else "–",
            f"{o['doses_given']:.0f} of {o['doses_asked']:.0f}", str(o.get("death", "")) or "–",
        ])  # fmt: skip
    return rows


def explanation_table(result: Explanation) -> RenderableType:
    """Show what differs, what medians would have done, and one patient."""
    heads = ("with", "without", "SMD", "AUC", "p", "p of all")
    differ = plain("number", *heads, right=range(1, 7))
    for name, row in _differences(result)[:10]:
        differ.add_row(name, *row)
    swap = plain("median in place of", "would lose it", "would gain it", right=(1, 2))
    for name, s in result.swapped[result.swapped.max(axis=1) > 0].head(10).iterrows():
        swap.add_row(str(name), percent(s["lost"]), percent(s["gained"]))
    parts: list[RenderableType] = [Text(told(result), "bold"), differ, "", swap]
    if result.case is not None:
        parts += ["", *_case_table(result, result.case)]
    return Group(*parts, Text(CAUSE, "dim"))


def _case_table(result: Explanation, case: Case) -> list[RenderableType]:
    arms = plain("arm", "had it", "response", "best change", "doses", "death")
    for row in _outcomes(case):
        arms.add_row(*row)
    heads = ("own", "median", "percentile", "best change, points", result.output.name)
    swaps = plain("number", *heads, right=range(1, 5))
    for name, row in _swaps(case)[:10]:
        swaps.add_row(name, *row)
    return [Text(story(result, case), "bold"), arms, "", swaps]
