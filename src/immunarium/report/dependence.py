"""What a trial depends on, as a page and on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.text import Text

from immunarium import NOTICE
from immunarium.report import page
from immunarium.report.charts import Charts
from immunarium.report.figures import sensitivity as draw
from immunarium.report.terminal import plain
from immunarium.report.text import listed, number

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import RenderableType

    from immunarium.inference import Sensitivity
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
_SCATTERED, _LINES = 6, 15


def write(result: Sensitivity, command: str, path: Path) -> None:
    """Write the page of a sensitivity analysis."""
    chart = Charts()
    stages = [result, *([result.screening] if result.screening else [])]
    words = dict(
        result=result, title=f"What {result.study} depends on", answer=answer(result),
        moves=MOVES, stages=[_stage(s, chart) for s in stages],
        factors=[_factor(f) for f in result.factors], command=command, notice=NOTICE,
        manifest={
            k: ", ".join(v) if isinstance(v, list) else v
            for k, v in result.manifest.items() if k != "factors"
        },
    )  # fmt: skip
    path.write_text(page.html("sensitivity.html.j2", words), encoding="utf-8")


def _stage(result: Sensitivity, chart: Charts) -> dict[str, Any]:
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
        "unit": _unit(f), "basis": f.basis, "evidence": f.evidence,
        "paths": f"{len(f.of)} modules" if len(f.of) > 1 else "",
    }  # fmt: skip


def _unit(factor: Factor) -> str:
    if factor.kind == "dose":
        return "× the regimen's"
    return "" if factor.unit == "1" else factor.unit


def answer(result: Sensitivity) -> str:
    """Say in a sentence what matters most for each output."""
    said: list[str] = []
    for o in result.outputs:
        moving = draw.moving(result, o.name)
        if not len(moving):
            said.append(f"Nothing that was moved changes {o.name}.")
            continue
        most = listed([str(n) for n in moving.index[:3]])
        said.append(f"{o.name[:1].upper()}{o.name[1:]} depends most on {most}.")
    return " ".join(said)


def summary(result: Sensitivity) -> RenderableType:
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
            span = f"{number(f.low)} – {number(f.high)} {_unit(f)}".rstrip()
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
