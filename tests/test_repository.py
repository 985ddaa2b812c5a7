"""The repository keeps its own promises."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from immunarium.core import read_rows

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "immunarium"
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
TABLES = sorted(t for t in PACKAGE.rglob("*.tsv") if "\tvalue\t" in t.read_text().split("\n")[0])
CHECKS = re.compile(r"raises|warns|check|assert")


def tracked() -> list[Path]:
    """Files that git knows or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [p for p in map(ROOT.joinpath, listed.stdout.splitlines()) if p.is_file()]


def functions(file: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef):
            yield node


def checks(function: ast.FunctionDef, helpers: set[str]) -> bool:
    """Whether a function asserts, or calls something that does."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in helpers or CHECKS.search(called.rsplit(".", 1)[-1]):
                return True
    return False


@pytest.mark.parametrize("file", TESTS, ids=lambda p: p.name)
def test_every_test_checks_something(file: Path) -> None:
    all_functions = list(functions(file))
    helpers = {f.name for f in all_functions if not f.name.startswith("test_") and checks(f, set())}
    idle = [f.name for f in all_functions if f.name.startswith("test_") and not checks(f, helpers)]
    assert not idle


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    place = re.compile(r"(?<![\w.])/(?:work|home|root|Users)/\w|[A-Z]:\\\\Users")
    text = [p for p in tracked() if p.suffix not in {".png", ".svg", ".html"}]
    assert not [f"{p.name}: {m[0]}" for p in text for m in place.finditer(p.read_text())]


def test_the_architecture_page_shows_the_rooms_that_exist() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    shown = re.findall(r"^  (\w+/|\w+\.py) ", page, re.MULTILINE)
    real = [f"{p.name}/" if p.is_dir() else p.name for p in PACKAGE.iterdir()]
    hidden = {"__init__.py", "__main__.py", "__pycache__/", "py.typed"}
    assert sorted(shown) == sorted(set(real) - hidden)


def test_imports_point_down() -> None:
    command = "import sys, importlinter.cli as c; sys.exit(c.lint_imports(no_logo=True))"
    lint = subprocess.run(
        [sys.executable, "-c", command],
        cwd=ROOT, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    assert lint.returncode == 0, lint.stdout


@pytest.mark.parametrize("file", TABLES, ids=lambda p: p.name)
def test_every_row_has_a_source_and_one_of_ours_a_reason(file: Path) -> None:
    rows = read_rows(file)
    assert all(r.source for r in rows)
    assert not [r.where for r in rows if r.source == "this work" and not r.note]


def test_ci_runs_the_commands_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    first, second = re.findall(r"^```sh\n(.*)\n```", readme, re.MULTILINE)[:2]
    script = (ROOT / ".ci" / "run").read_text().splitlines()
    assert set(f"{first} && {second}".split(" && ")) <= set(script)


def test_the_example_of_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(example.splitlines()) <= 12
    exec(compile(example, "README.md", "exec"), {})
    assert capsys.readouterr().out


def test_links_between_pages_lead_somewhere() -> None:
    broken: list[str] = []
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            if not (page.parent / link).exists():
                broken.append(f"{page.name}: {link}")
    assert not broken


def test_the_page_on_adding_a_module_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "add-a-module.md").read_text()
    blocks = re.findall(r"```(?:python|tsv) ?(\S*)\n(.*?)```", page, re.DOTALL)
    for name, text in blocks:
        if name:
            (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    steps = "".join(text for name, text in blocks if not name)
    assert "assert" in steps
    exec(compile(steps, "add-a-module.md", "exec"), {})
