"""The commands. No logic of their own: each looks names up, calls one function and prints."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer
from typer.core import TyperGroup

from immunarium import NOTICE

if TYPE_CHECKING:
    from rich.console import RenderableType

DISEASE = "metastatic_cancer"


class _Commands(TyperGroup):
    """Turns an error that a user can mend into one message and exit status 2."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as e:
            typer.echo(str(e) or "Interrupted; nothing was written.", err=True)
            raise typer.Exit(130) from None
        except ValueError as e:
            from immunarium.core import ImmunoError

            if not isinstance(e, ImmunoError):
                raise
            typer.echo(f"immunarium: {e}", err=True)
            raise typer.Exit(2) from None


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Seed = Annotated[int, typer.Option(help="Same seed, same patients, same bytes.", min=0)]
Workers = Annotated[int | None, typer.Option(help="Cores to use; all by default.", min=1)]
Study = Annotated[
    str, typer.Argument(help="A study of the library, or a file of yours (.yaml, .toml).")
]
Replicates = Annotated[
    int, typer.Option(help="Trials drawn from the pool, without new simulations; for intervals.")
]

TRIALS, QUESTIONS, MODEL = "Trials", "Questions about a trial", "The model"


@app.callback(epilog=NOTICE)
def immunarium(
    version: Annotated[
        bool, typer.Option("--version", callback=lambda x: _version(x), is_eager=True)
    ] = False,
) -> None:
    """Dose an in-silico human immune system."""


@app.command(rich_help_panel=TRIALS)
def trial(
    name: Study,
    n: Annotated[
        int | None,
        typer.Option("--n", help="Patients per arm of a drawn trial, else as the study says."),
    ] = None,
    replicates: Replicates = 1000,
    pool: Annotated[
        int, typer.Option(help="Virtual patients, each simulated once in every arm.")
    ] = 2000,
    seed: Seed = 1,
    workers: Workers = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            help="A page (.html, .md) or its picture (.png, .svg); replaced if it is there."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="New folder for tables, those of ADaM too.")
    ] = None,
) -> None:
    """Run a trial, published or your own, and compare it with what was observed."""
    from immunarium.literature import load_study, run_study
    from immunarium.report import output, terminal

    with ExitStack() as results:
        asked = output.new_report(report, load_study(name)) if report else None
        page = results.enter_context(asked) if asked else None
        folder = results.enter_context(output.new_folder(out)) if out else None
        with _progress() as told:
            result = run_study(
                name, n=n, replicates=replicates, seed=seed, pool=pool, workers=workers,
                progress=told, sweep=page is not None or json or folder is not None,
            )  # fmt: skip
        if page:
            output.write_report(result, page)
        if folder:
            output.write_tables(result, folder)
    if json:
        typer.echo(output.to_json(result.as_dict()))
    else:
        _print(terminal.comparison(result))


@app.command(rich_help_panel=TRIALS)
def trials() -> None:
    """List the published trials that other commands know by name."""
    from immunarium.literature import load_study, studies
    from immunarium.report import terminal

    _print(terminal.studies(map(load_study, studies())))


@app.command(rich_help_panel=TRIALS)
def check(
    files: Annotated[list[str], typer.Argument(help="Files of trials, or studies of the library.")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say what is wrong with files of trials, all of it, or what the trials are."""
    from immunarium import literature

    found = literature.check(files)
    if json:
        from immunarium.report import output

        typer.echo(output.to_json([f.as_dict() for f in found]))
    for f in found:
        if not json:
            typer.echo(str(f), err=bool(f.problems))
    if any(f.problems for f in found):
        raise typer.Exit(2)


new = typer.Typer(help="Write a file to begin with: a trial, or its schema.", no_args_is_help=True)
app.add_typer(new, name="new", rich_help_panel=TRIALS)


@new.command("trial")
def new_trial(
    file: Annotated[Path, typer.Argument(help="New file, .yaml.")] = Path("trial.yaml"),
) -> None:
    """Write a commented trial that can be run."""
    from immunarium import literature

    literature.new_trial(file)
    typer.echo(f"Written: {file}. Now: immunarium check {file}")


@new.command("schema")
def new_schema(
    file: Annotated[Path, typer.Argument(help="New file, .json.")] = Path("trial.schema.json"),
) -> None:
    """Write the JSON Schema of a trial's file, by which editors check it."""
    from immunarium import literature

    literature.new_schema(file)
    typer.echo(f"Written: {file}")


@app.command(rich_help_panel=TRIALS)
def validate(
    files: Annotated[
        list[str] | None,
        typer.Argument(help="Studies of the library, or study files; all of the library if none."),
    ] = None,
    replicates: Replicates = 1000,
    pool: Annotated[
        int, typer.Option(help="Virtual patients of each study, simulated once.")
    ] = 1000,
    seed: Seed = 1,
    workers: Workers = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    html: Annotated[Path | None, typer.Option(help="A page with credibility (.html).")] = None,
    markdown: Annotated[Path | None, typer.Option(help="The same page (.md).")] = None,
    out: Annotated[Path | None, typer.Option(help="New folder for tables.")] = None,
) -> None:
    """Run published studies and score every target; calibrated and predicted apart."""
    from immunarium import literature
    from immunarium.report import output, validation

    with ExitStack() as results:
        asked = ((html, ".html"), (markdown, ".md"))
        pages = [results.enter_context(output.new_page(p, x)) for p, x in asked if p]
        folder = results.enter_context(output.new_folder(out)) if out else None
        with _progress() as told:
            card = literature.validate(
                files or (), pool=pool, replicates=replicates, seed=seed, workers=workers,
                progress=told, dossiers=bool(pages) or json or folder is not None,
            )  # fmt: skip
        for page in pages:
            validation.write(card, page)
        if folder:
            validation.write_tables(card, folder)
    if json:
        typer.echo(output.to_json(card.as_dict()))
    elif card.trials:
        _print(validation.summary(card))
    for p in card.problems:
        typer.echo(f"{p.study}: {p.message}", err=True)
    if card.problems:
        raise typer.Exit(2)


@app.command(rich_help_panel=MODEL)
def show(
    path: Annotated[str, typer.Argument(help="il2, il2.CL, aldesleukin, rosenberg-1985, …")],
    disease: Annotated[str, typer.Option("--in", help="Whose model.")] = DISEASE,
) -> None:
    """Show a number, module, therapy, disease or study, with its sources."""
    from immunarium import registry
    from immunarium.literature import load_study, studies
    from immunarium.population import layered
    from immunarium.report import arrows, describe

    therapies, diseases = registry.therapies(), registry.diseases()
    if path in therapies:
        return _print(describe.therapy(therapies[path]))
    if path in diseases:
        return _print(describe.disease(diseases[path]))
    if path in studies():
        return _print(describe.study(load_study(path)))
    others = [*therapies, *diseases, *studies()]
    who = registry.disease(disease)
    model = who.build()
    _print(arrows.path(path, model, layered(who, model, who.histologies), others))


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
) -> None:
    """Treat virtual patients, with no support but the regimen. The same words go on with a run."""
    from immunarium import registry
    from immunarium.report import progress, terminal
    from immunarium.trial import Asked, Ensemble

    asked = Asked(registry.content, disease, regimen, patients, days, seed, rtol, keep)
    run = Ensemble(asked, out)
    with progress.patients(patients) as told:
        new = run.run(workers=workers, scheduler=scheduler, progress=told)
    _print(terminal.simulation(run.open(), run.folder, new))


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
    with _progress() as told:
        told("drawing virtual patients", 0, 0)
        if study:
            drawn = enrol(study, patients, seed)
            weights = weigh(study, drawn)
        else:
            drawn, weights = Population.sample(disease, patients, seed), None
        if out:
            drawn.save(out, weights, study.name if study else "")
    _print(words.population(drawn, disease, weights, out))


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
        page = results.enter_context(output.new_file(designs.named(report))) if report else None
        with _progress() as told:
            found = run(
                load_study(name), method=method, replicates=replicates, seed=seed, pool=pool,
                workers=workers, progress=told,
            )  # fmt: skip
        if page and report:
            page.write_text(designs.escalation_page(found, report.name), encoding="utf-8")
    if json:
        typer.echo(output.to_json(found.as_dict()))
    else:
        _print(designs.escalation(found))


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
        page = results.enter_context(output.new_file(designs.named(report))) if report else None
        with _progress() as told:
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
        _print(designs.power(found, sure))


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
    name: Annotated[str, typer.Argument(help="A study or a disease.")] = DISEASE,
) -> None:
    """List every number behind a run with its source, assumed ones first."""
    from immunarium import registry
    from immunarium.literature import load_study
    from immunarium.population import layered, sources
    from immunarium.report import terminal

    if name in registry.diseases():
        who, correlated = registry.disease(name), ()
        tables = layered(who, who.build(), who.histologies)
    else:
        study = load_study(name)
        who, correlated = study.disease, study.correlated
        tables = layered(who, who.build(), study.shares, study.rows)
    _print(terminal.sources(sources(who, tables, correlated)))


@app.command(rich_help_panel=MODEL)
def calibrate(
    name: Annotated[
        str | None, typer.Argument(help="A calibration of the library; lists them if none.")
    ] = None,
    evaluations: Annotated[
        int | None,
        typer.Option(help="Runs of the studies; 1 scores the tables as they are.", min=1),
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
        with _progress() as told:
            record = inference.calibrate(
                plan, {s: load_study(s) for s in plan.targets},
                evaluations=evaluations, workers=workers, progress=told,
            )  # fmt: skip
        if file:
            file.write_text(record.json(), encoding="utf-8")
    _print(terminal.calibration(plan, record))


@app.command(rich_help_panel=QUESTIONS)
def sensitivity(
    name: Study,
    endpoint: Annotated[
        list[str],
        typer.Option(help="response, 'grade >= 3', 'nadir of il2.plasma' …; again for more."),
    ] = ["response"],  # noqa: B006
    arm: Annotated[str | None, typer.Option(help="The first by default.")] = None,
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
        with _progress() as told:
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
        _print(dependence.summary(found))


@app.command(rich_help_panel=QUESTIONS)
def explain(
    name: Study,
    patient: Annotated[
        int | None, typer.Option(help="Number of one of them, looked at alone.", min=0)
    ] = None,
    endpoint: Annotated[
        str, typer.Option(help="What a patient has or has not: response, 'grade >= 3' …")
    ] = "response",
    arm: Annotated[str | None, typer.Option(help="The first by default.")] = None,
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
        with _progress() as told:
            found = inference.explain(
                load_study(name), endpoint, arm=arm, patient=patient, pool=pool, seed=seed,
                workers=workers, progress=told,
            )  # fmt: skip
        if page:
            why.write(found, output.typed(), page)
    if json:
        typer.echo(output.to_json(found.as_dict()))
    else:
        _print(why.summary(found))


class _Told(Protocol):
    def __call__(self, label: str, done: int, total: int) -> None: ...


@contextmanager
def _progress() -> Iterator[_Told]:
    """Show a bar on standard error while work is done."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    screen = Console(stderr=True)
    if not screen.is_terminal:
        yield lambda label, done, total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=screen, transient=True) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda label, done, total: bar.update(
            task, description=label, completed=done, total=total or None
        )


def _print(text: RenderableType) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 200  # a pipe has no width, and a table needs one
    console.print(text)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("immunarium"))
        raise typer.Exit


def main() -> None:
    """Run the command line."""
    app()
