"""Commands that write, check, run and score trials."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from immunarium.cli.base import TRIALS, Replicates, Seed, Study, Workers, app, bar, say


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
        with bar() as told:
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
        say(terminal.comparison(result))


@app.command(rich_help_panel=TRIALS)
def trials() -> None:
    """List the published trials that other commands know by name."""
    from immunarium.literature import load_study, studies
    from immunarium.report import terminal

    say(terminal.studies(map(load_study, studies())))


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
    disease: Annotated[str, typer.Option(help="Of tumours, or with scores.")] = "metastatic_cancer",
) -> None:
    """Write a commented trial that can be run."""
    from immunarium import literature

    literature.new_trial(file, disease)
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
    from immunarium.inference.left_out import records
    from immunarium.report import output, validation

    with ExitStack() as results:
        asked = ((html, ".html"), (markdown, ".md"))
        pages = [results.enter_context(output.new_page(p, x)) for p, x in asked if p]
        folder = results.enter_context(output.new_folder(out)) if out else None
        with bar() as told:
            card = literature.validate(
                files or (), pool=pool, replicates=replicates, seed=seed, workers=workers,
                progress=told, dossiers=bool(pages) or json or folder is not None,
            )  # fmt: skip
        left = records()
        for page in pages:
            validation.write(card, page, left)
        if folder:
            validation.write_tables(card, folder)
    if json:
        typer.echo(output.to_json(card.as_dict()))
    elif card.trials:
        say(validation.summary(card, left))
    for p in card.problems:
        typer.echo(f"{p.study}: {p.message}", err=True)
    if card.problems:
        raise typer.Exit(2)
