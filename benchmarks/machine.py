"""The machine, the sizes of distributions, and the page that keeps the tables."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

import llvmlite.binding as llvm
from rich.console import Console
from rich.table import Table

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
_SIMD = ("avx512f", "avx2", "avx", "neon")


def describe() -> str:
    """Name processor, cores, vector unit, system and date."""
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text() if cpuinfo.exists() else ""
    model = re.search(r"model name\s*: (.*)", text)
    features = llvm.get_host_cpu_features()
    simd = next((s for s in _SIMD if features.get(s)), "no vectors")
    name = model[1] if model else platform.processor() or platform.machine()
    return (
        f"{name} ({llvm.get_host_cpu_name()}, {simd}), {os.cpu_count()} cores, "
        f"{platform.system()}, Python {platform.python_version()}, {datetime.now(UTC):%d %B %Y}"
    )


def version_of(names: Iterable[str]) -> str:
    """Return the version of the first distribution, or nothing."""
    for name in names:
        try:
            return version(name)
        except PackageNotFoundError:
            break
    return ""


def megabytes(names: Iterable[str]) -> float | None:
    """Size of the files of some distributions, None where one is not installed."""
    total = 0
    for name in names:
        try:
            files = distribution(name).files or []
        except PackageNotFoundError:
            return None
        paths = [Path(str(f.locate())) for f in files]
        if not any(p.suffix == ".py" and p.exists() for p in paths) and name == "immunarium":
            paths = [*(Path(__file__).parents[1] / "src").rglob("*")]  # a development install
        total += sum(p.stat().st_size for p in paths if p.is_file() and p.suffix != ".pyc")
    return total / 1e6 if total else None


def show(title: str, head: list[str], rows: list[list[str]]) -> None:
    """Print a table."""
    table = Table(title=title, title_justify="left")
    for i, name in enumerate(head):
        table.add_column(name, justify="left" if i == 0 else "right")
    for row in rows:
        table.add_row(*row)
    Console(width=None if os.isatty(1) else 160).print(table)


def markdown(head: list[str], rows: list[list[str]]) -> str:
    """Return a table for the page."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write(section: str, body: str) -> None:
    """Replace what stands between the markers of a section of the page."""
    text = PAGE.read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- {section} -->\n).*?(<!-- end of {section} -->)", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"{PAGE.name} has no markers for {section}.")
    PAGE.write_text(pattern.sub(lambda m: m[1] + body + "\n" + m[2], text), encoding="utf-8")
