"""Why patients had an outcome, as a page and on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from immunarium import NOTICE
from immunarium.report import page
from immunarium.report.charts import Charts
from immunarium.report.figures import why as draw
from immunarium.report.terminal import plain
from immunarium.report.text import listed, number, percent

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import RenderableType

    from immunarium.inference import Explanation
    from immunarium.inference.explain import Case

CAUSE = (
    "A difference between groups is no cause: another number may be behind both. So patients are "
    "also run again with the median in place of their own number, all else kept."
)
_STRIPS, _LINES = 6, 15


def write(result: Explanation, command: str, path: Path) -> None:
    """Write the page of an explanation."""
    chart = Charts()
    differ = [str(n) for n in result.differences.index if n in result.patients][:_STRIPS]
    swept = list(dict.fromkeys(map(str, result.forced["number"])))
    case = result.case
    words = dict(
        result=result, case=case, cause=CAUSE, command=command,
        title=f"Why patients of {result.study} had: {result.output.name}",
        answer=told(result), story=story(result, case) if case else "",
        strips=[chart(draw.groups(result, n), f"{n} in both groups") for n in differ],
        medians=[chart(draw.medians(result), "Outcomes with medians in place of own numbers")],
        levels=[chart(draw.levels(result, n), f"{result.output.name} over {n}") for n in swept],
        alone=[chart(draw.alone(case, result.output.name), "One patient")] if case else [],
        differences=_differences(result), swaps=_swaps(case) if case else [],
        outcomes=_outcomes(case) if case else [], share=percent(result.share),
        pool=len(result.patients), notice=NOTICE, manifest=result.manifest,
    )  # fmt: skip
    path.write_text(page.html("explain.html.j2", words), encoding="utf-8")


def told(result: Explanation) -> str:
    """Say in a sentence or two what was found."""
    sure = [str(n) for n in result.differences.index[result.differences["p_adjusted"] < 0.05]]
    differ = f"They differ from the others in {listed(sure[:3])}" if sure else (
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


def story(result: Explanation, case: Case) -> str:
    """Say of one patient what would have changed the outcome."""
    flips = [str(n) for n in case.swaps.index[case.swaps["flips"]]]
    have = "had" if case.outcome else "did not have"
    other = (
        f"With the median of {listed(flips[:4])}{' or others' if len(flips) > 4 else ''} alone it "
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


def summary(result: Explanation) -> RenderableType:
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
