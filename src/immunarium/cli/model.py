"""Commands on the model itself: what is in it, a run of it, its export, sources and fits."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from immunarium.cli.base import MODEL, Seed, Workers, app, bar, say

DISEASE = "metastatic_cancer"


@app.command(rich_help_panel=MODEL)
def show(
    path: Annotated[str, typer.Argument(help="il2, il2.CL, aldesleukin, rosenberg-1985, …")],
    disease: Annotated[
        str | None, typer.Option("--in", help="Whose model; the first that has it by default.")
    ] = None,
) -> None:
    """Show a number, module, therapy, disease, fluid, scale or study, with its sources."""
    from immunarium import registry
    from immunarium.literature import load_study, studies
    from immunarium.population import layered
    from immunarium.report import arrows, describe
    from immunarium.trial.scales import scales

    if path in registry.names("therapies"):
        return say(describe.therapy(registry.therapy(path)))
    if path in registry.names("diseases"):
        return say(describe.disease(registry.disease(path)))
    if path in studies():
        return say(describe.study(load_study(path)))
    if path in scales():
        return say(describe.scale(scales()[path], registry.diseases().values()))
    fluids = registry.fluids()
    if path in fluids:
        return say(describe.fluid(*fluids[path]))
    rooms = (*registry.names("therapies"), *registry.names("diseases"))
    others = [*rooms, *studies(), *fluids, *scales()]
    usual = dict.fromkeys((DISEASE, "healthy", *registry.names("diseases")))
    for name in [disease] if disease else usual:
        who = registry.disease(name)
        if disease or path in who.model.modules or path in arrows.everything(who.model):
            tables = layered(who, who.model, who.histologies)
            return say(arrows.path(path, who.model, tables, others))
    plasma = registry.disease("healthy").model
    others += [*plasma.modules, *arrows.everything(plasma)]
    say(arrows.path(path, registry.disease(DISEASE).model, {}, others))


@app.command(rich_help_panel=MODEL)
def simulate(
    regimen: Annotated[str, typer.Argument(help="As in a paper; 'none' for no treatment.")],
    disease: Annotated[str, typer.Option("--in", help="Who is treated.")],
    patients: Annotated[int, typer.Option(help="How many.")],
    days: Annotated[float, typer.Option(help="How long.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run (Zarr); by default one in runs/.")
    ] = None,
    keep: Annotated[
        str, typer.Option(help="full, quantiles (over patients), or paths with commas.")
    ] = "full",
    seed: Seed = 1,
    rtol: Annotated[float, typer.Option(help="Relative tolerance.")] = 1e-6,
    workers: Workers = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler, for many machines.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="A page (.html) or its picture.")] = None,
) -> None:
    """Treat virtual patients, with no support but the regimen. The same words go on with a run."""
    from immunarium import registry
    from immunarium.dosing import Regimen
    from immunarium.report import compared, output, progress, simulated, terminal
    from immunarium.trial import Asked, Ensemble

    registry.check_acts(Regimen.parse(regimen), disease)
    with ExitStack() as results:
        if report:
            compared.check_report(report)
        page = results.enter_context(output.new_file(report)) if report else None
        asked = Asked(registry.content, disease, regimen, patients, days, seed, rtol, keep)
        run = Ensemble(asked, out)
        with progress.patients(patients) as told:
            new = run.run(workers=workers, scheduler=scheduler, progress=told)
        scores = registry.disease(disease).scores
        if page:
            simulated.write(run.open(), scores, output.typed(), page)
    say(terminal.simulation(run.open(), run.folder, new, scores))


@app.command(rich_help_panel=MODEL)
def export(
    disease: Annotated[str, typer.Argument(help="Whose model.")],
    regimen: Annotated[str, typer.Option(help="As in a paper; every dose is an event.")] = "none",
    form: Annotated[str, typer.Option("--format", help="sbml, antimony or omex.")] = "sbml",
    patient: Annotated[
        int | None, typer.Option(help="Number of a draw; the typical patient by default.")
    ] = None,
    seed: Seed = 1,
    days: Annotated[
        float | None, typer.Option(help="Length of the simulation in an omex; 30 by default.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="New file; else it is printed.")] = None,
) -> None:
    """Write a model, one patient and the doses for other tools."""
    from immunarium import formats, registry
    from immunarium.dosing import Regimen
    from immunarium.report import output

    formats.check(form, out, days)
    asked, who = Regimen.parse(regimen), registry.disease(disease)
    with ExitStack() as results:
        file = results.enter_context(output.new_file(out)) if out else None
        course = formats.Course.of(who, registry.therapies(), asked, patient=patient, seed=seed)
        if file:
            formats.write(course, form, file, days)
        else:
            typer.echo(formats.as_text(course, form))
    for left in formats.unwritten(asked):
        typer.echo(f"Not exported: {left}.", err=True)


@app.command(rich_help_panel=MODEL)
def cite(
    name: Annotated[str, typer.Argument(help="A study, a disease or a therapy.")] = DISEASE,
) -> None:
    """List every number behind a run with its source, assumed ones first."""
    from immunarium import registry
    from immunarium.literature import load_study
    from immunarium.population import layered, sources
    from immunarium.report import describe, terminal

    if name in registry.therapies():
        return say(terminal.sources(describe.numbers_cited(registry.therapy(name))))
    if name in registry.diseases():
        who, correlated = registry.disease(name), ()
        tables = layered(who, who.model, who.histologies)
    else:
        study = load_study(name)
        who, correlated = study.disease, study.correlated
        tables = layered(who, who.model, study.shares, study.rows)
    say(terminal.sources(sources(who, tables, correlated)))


@app.command(rich_help_panel=MODEL)
def calibrate(
    name: Annotated[
        str | None, typer.Argument(help="A calibration of the library; lists them if none.")
    ] = None,
    evaluations: Annotated[
        int | None,
        typer.Option(help="Runs of the studies; 1 scores the tables as they are.", min=1),
    ] = None,
    leave_out: Annotated[
        str | None,
        typer.Option(help="A study, or 'each': fit without it, then predict it."),
    ] = None,
    workers: Workers = None,
    out: Annotated[Path | None, typer.Option(help="New file for the record (JSON).")] = None,
) -> None:
    """Fit numbers of the tables to published targets that may be fitted."""
    from immunarium import inference
    from immunarium.literature import load_study
    from immunarium.report import output, terminal

    if name is None:
        for plan in map(inference.load_calibration, inference.calibrations()):
            typer.echo(f"{plan.name:<12} {plan.title}")
        return
    plan = inference.load_calibration(name)
    with ExitStack() as results:
        file = results.enter_context(output.new_file(out)) if out else None
        studies = {s: load_study(s) for s in plan.targets}
        with bar() as told:
            if leave_out:
                only = None if leave_out == "each" else leave_out
                record = inference.leave_one_out(
                    plan, studies, only=only, evaluations=evaluations, workers=workers,
                    progress=told,
                )  # fmt: skip
            else:
                record = inference.calibrate(
                    plan, studies, evaluations=evaluations, workers=workers, progress=told
                )
        if file:
            file.write_text(record.json(), encoding="utf-8")
    if isinstance(record, inference.LeftOut):
        say(terminal.left_out(plan, record))
    else:
        say(terminal.calibration(plan, record))
