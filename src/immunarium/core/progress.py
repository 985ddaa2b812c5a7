"""How far work has come."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Told the work in hand, how much of it is done, and of how much (0: not known)."""
