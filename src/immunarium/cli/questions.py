"""Commands that ask more of a trial: who, how many, how much, on what it depends, why."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from immunarium.cli.base import QUESTIONS, Replicates, Seed, Study, Workers, app, bar, say


@app.command(rich_help_panel=QUESTIONS)
def population(
    name: Annotated[str, typer.Argument(help="A disease, or a study whose patients to draw.")],
    patients: Annotated[int, typer.Option(help="How many.", min=1)] = 500,
    out: Annotated[
        Path | None,
        typer.Option(help="File, .csv or .parquet; units, sources and seed are put beside it."),
    ] = None,
    seed: Seed = 1,
) -> None:
    """Draw virtual patients, weighted as a study asks, show who they are and save them."""
    from immunarium import registry
    from immunarium.literature import load_study
    from immunarium.population import Population, saved
    from immunarium.report import patients as words
    from immunarium.trial.enrolment import enrol, weigh

    if out:
        saved.check_place(out)
    study = None if name in registry.diseases() else load_study(name)
    disease = study.disease if study else registry.disease(name)
    with bar() as told:
        told("drawing virtual patients", 0, 0)
        if study:
            drawn = enrol(study, patients, seed)
            weights = weigh(study, drawn)
        else:
            drawn, weights = Population.sample(disease, patients, seed), None
        if out:
            drawn.save(out, weights, study.name if study else "")
    say(words.population(drawn, disease, weights, out))


@app.command(rich_help_panel=QUESTIONS)
def escalate(
    name: Study,
    method: Annotated[
        str | None, typer.Option(help="3+3 or BOIN; as the study says by default.")
    ] = None,
    replicates: Replicates = 1000,
    pool: Annotated[int, typer.Option(help="Virtual patients, each followed at every dose.")] = 300,
    seed: Seed = 1,
    workers: Workers = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    report: Annotated[Path | None, typer.Option(help="A page (.html).")] = None,
) -> None:
    """Find the maximum tolerated dose of a study that escalates."""
    from immunarium.literature import load_study
    from immunarium.report import designs, output
    from immunarium.trial.ladder import escalate as run

    with ExitStack() as results:
        page = results.enter_context(output.new_page(report)) if report else None
        with bar() as told:
            found = run(
                load_study(name), method=method, replicates=replicates, seed=seed, pool=pool,
                workers=workers, progress=told,
            )  # fmt: skip
        if page and report:
            page.write_text(designs.escalation_page(found, report.name), encoding="utf-8")
    if json:
        typer.echo(output.to_json(found.as_dict()))
    else:
        say(designs.escalation(found))


@app.command(rich_help_panel=QUESTIONS)
def power(
    name: Study,
    endpoint: Annotated[
        str | None, typer.Option(help="By name; the first of the study by default.")
    ] = None,
    n: Annotated[str, typer.Option("--n", help="Patients per arm, with commas: 50,100.")] = "",
    find: Annotated[
        float | None, typer.Option(help="Also find the smallest trial with this power.")
    ] = None,
    assured: Annotated[
        bool, typer.Option("--assurance", help="Also average over what is assumed.")
    ] = False,
    over: Annotated[
        str, typer.Option(help="What an assurance draws: assumed, or 'il2.CL = ±30 %, leak.k_*'.")
    ] = "assumed",
    within: Annotated[float, typer.Option(help="How far it may lie from its value, %.")] = 30,
    draws: Annotated[int, typer.Option(help="Draws of an assurance.")] = 12,
    alpha: Annotated[float, typer.Option(help="Two-sided.")] = 0.05,
    replicates: Annotated[int, typer.Option(help="Trials of each size.")] = 1000,
    pool: Annotated[int, typer.Option(help="Virtual patients, each followed in both arms.")] = 500,
    seed: Seed = 1,
    workers: Workers = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    report: Annotated[Path | None, typer.Option(help="A page (.html).")] = None,
) -> None:
    """Say how often a trial of a given size would tell its arms apart, and which size suffices."""
    from immunarium.inference.assurance import assurance
    from immunarium.literature import load_study
    from immunarium.report import designs, output
    from immunarium.trial.powered import read_sizes, study_power

    sizes = read_sizes(n)
    with ExitStack() as results:
        page = results.enter_context(output.new_page(report)) if report else None
        with bar() as told:
            study = load_study(name)
            found = study_power(
                study, endpoint, sizes=sizes, find=find, alpha=alpha,
                replicates=replicates, seed=seed, pool=pool, workers=workers, progress=told,
            )  # fmt: skip
            sure = assurance(
                study, endpoint, sizes=found.sizes, over=over, within=within / 100, draws=draws,
                alpha=alpha, replicates=replicates, seed=seed, pool=pool, workers=workers,
                progress=told,
            ) if assured else None  # fmt: skip
        if page and report:
            page.write_text(designs.power_page(found, sure, report.name), encoding="utf-8")
    if json:
        told_all = found.as_dict() | ({"assurance": sure.as_dict()} if sure else {})
        typer.echo(output.to_json(told_all))
    else:
        say(designs.power(found, sure))


@app.command(rich_help_panel=QUESTIONS)
def sensitivity(
    name: Study,
    endpoint: Annotated[
        list[str],
        typer.Option(help="response, 'grade >= 3', 'nadir of il2.plasma' …; again for more."),
    ] = ["response"],  # noqa: B006
    arm: Annotated[str | None, typer.Option(help="By default the target's, or the first.")] = None,
    method: Annotated[str, typer.Option(help="sobol, morris or pawn.")] = "sobol",
    over: Annotated[
        str,
        typer.Option(
            help="Factors with commas, as 'il2.CL, leak.k_* = ±30 %, dose = 25..200 %'; 'all' for "
            "every number, screened first."
        ),
    ] = "all",
    within: Annotated[
        float | None,
        typer.Option(
            help="Percent that numbers without a spread move; 30 with 'all'.", min=0.1, max=99
        ),
    ] = None,
    samples: Annotated[
        int | None, typer.Option(help="Base points, trajectories (morris) or points (pawn).")
    ] = None,
    patients: Annotated[
        int | None, typer.Option(help="The same in every run; 0 for the typical patient.")
    ] = None,
    top: Annotated[int, typer.Option(help="Factors left by a screening.", min=1)] = 6,
    seed: Seed = 1,
    workers: Workers = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run; by default one in runs/.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="A page (.html).")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say what an endpoint depends on. The same words go on with a run."""
    from immunarium import inference
    from immunarium.literature import load_study
    from immunarium.report import dependence, output

    with ExitStack() as results:
        page = results.enter_context(output.new_page(report)) if report else None
        with bar() as told:
            found = inference.sensitivity(
                load_study(name), endpoint, arm=arm, method=method, over=over,
                within=within and within / 100, samples=samples, patients=patients, top=top,
                seed=seed, folder=out, workers=workers, progress=told,
            )  # fmt: skip
        if page:
            dependence.write(found, output.typed(), page)
    if json:
        typer.echo(output.to_json(found.as_dict()))
    else:
        say(dependence.summary(found))


@app.command(rich_help_panel=QUESTIONS)
def explain(
    name: Study,
    patient: Annotated[
        int | None, typer.Option(help="Number of one of them, looked at alone.", min=0)
    ] = None,
    endpoint: Annotated[
        str,
        typer.Option(
            help="What a patient has or has not: 'grade >= 3', 'QMG improved by 3 at 14 d' …"
        ),
    ] = "response",
    arm: Annotated[str | None, typer.Option(help="By default the target's, or the first.")] = None,
    pool: Annotated[int, typer.Option(help="Virtual patients.")] = 400,
    seed: Seed = 1,
    workers: Workers = None,
    report: Annotated[Path | None, typer.Option(help="A page (.html).")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say why patients, or one of them, had an outcome: who they were, and what if not."""
    from immunarium import inference
    from immunarium.literature import load_study
    from immunarium.report import output, why

    with ExitStack() as results:
        page = results.enter_context(output.new_page(report)) if report else None
        with bar() as told:
            found = inference.explain(
                load_study(name), endpoint, arm=arm, patient=patient, pool=pool, seed=seed,
                workers=workers, progress=told,
            )  # fmt: skip
        if page:
            why.write(found, output.typed(), page)
    if json:
        typer.echo(output.to_json(found.as_dict()))
    else:
        say(why.summary(found))


@app.command(rich_help_panel=QUESTIONS)
def compare(
    asked: Annotated[
        list[str] | None,
        typer.Argument(help="A question of the library, or regimens; lists the questions if none."),
    ] = None,
    disease: Annotated[str | None, typer.Option("--in", help="Who is treated.")] = None,
    of: Annotated[
        list[str] | None,
        typer.Option(help="A quantity or score, like 'igg.total in g/L'; again for more."),
    ] = None,
    days: Annotated[float | None, typer.Option(help="How long.")] = None,
    patients: Annotated[int, typer.Option(help="The same under every regimen.")] = 200,
    seed: Seed = 1,
    workers: Workers = None,
    report: Annotated[Path | None, typer.Option(help="A page (.html) or its picture.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Hold regimens beside each other in the same virtual patients."""
    from immunarium import registry
    from immunarium.inference import questions as library
    from immunarium.inference.compare import compare as run
    from immunarium.report import compared, output

    if not asked:
        for q in library.questions().values():
            typer.echo(f"{q.name:<24} {q.title}")
        return
    question = library.asked(asked, disease, of or (), days)
    with ExitStack() as results:
        if report:
            compared.check_report(report)
        page = results.enter_context(output.new_file(report)) if report else None
        with bar() as told:
            found = run(
                registry.disease(question.disease), registry.therapies(), question.regimens,
                question.looks, days=question.days, patients=patients, seed=seed,
                title=question.title, note=question.note, workers=workers, progress=told,
            )  # fmt: skip
        if page:
            compared.write(found, output.typed(), page)
    typer.echo(output.to_json(found.as_dict())) if json else say(compared.summary(found))


@app.command(rich_help_panel=QUESTIONS)
def trough(
    dose: Annotated[str, typer.Argument(help="One dose, '?' for its amount: 'ivig ? g/kg IV'.")],
    least: Annotated[str, typer.Option(help="The trough, like '8 g/L'.")],
    disease: Annotated[str, typer.Option("--in", help="Who is treated.")],
    of: Annotated[str, typer.Option(help="The quantity.")] = "igg.total",
    every: Annotated[
        str, typer.Option(help="Intervals with commas, like '2 w, 3 w, 4 w'.")
    ] = "2 w, 3 w, 4 w",
    doses: Annotated[str, typer.Option(help="Amounts that are tried, from..to.")] = "0.1..2",
    patients: Annotated[int, typer.Option(help="The same at every dose.")] = 200,
    seed: Seed = 1,
    workers: Workers = None,
    report: Annotated[Path | None, typer.Option(help="A page (.html) or its picture.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Find the dose that keeps a trough, patient by patient, for each interval."""
    from immunarium import registry
    from immunarium.inference import trough as finder
    from immunarium.report import compared, output

    with ExitStack() as results:
        if report:
            compared.check_report(report)
        page = results.enter_context(output.new_file(report)) if report else None
        with bar() as told:
            found = finder.trough(
                registry.disease(disease), registry.therapies(), dose, of=of,
                **finder.wanted(least, every, doses), patients=patients, seed=seed,
                workers=workers, progress=told,
            )  # fmt: skip
        if page:
            compared.write(found, output.typed(), page)
    typer.echo(output.to_json(found.as_dict())) if json else say(compared.summary(found))
