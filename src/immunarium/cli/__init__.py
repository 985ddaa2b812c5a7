"""The commands. No logic of their own: each looks names up, calls one function and prints."""

from immunarium.cli import trials as trials  # the order of the groups of --help

from immunarium.cli import questions as questions  # isort: skip
from immunarium.cli import model as model  # isort: skip
from immunarium.cli.base import app as app


def main() -> None:
    """Run the command line."""
    app()
