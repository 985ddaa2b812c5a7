"""``python -m immunarium``."""

from immunarium.cli import main

main()
