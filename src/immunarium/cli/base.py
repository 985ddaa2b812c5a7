"""What every command shares: the app, options, a progress bar, errors as one message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from immunarium import NOTICE

if TYPE_CHECKING:
    from rich.console import RenderableType

    from immunarium.core.progress import Progress


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


@contextmanager
def bar() -> Iterator[Progress]:
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


def say(text: RenderableType) -> None:
    """Print a text or a table; a pipe is as wide as a table needs."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 200
    console.print(text)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("immunarium"))
        raise typer.Exit
