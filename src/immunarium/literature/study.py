"""From a file to a trial that can be run."""

from __future__ import annotations

from pathlib import Path

from immunarium import registry
from immunarium.core import UnknownNameError, did_you_mean
from immunarium.dosing import Regimen
from immunarium.literature.check import read_trial
from immunarium.literature.files import SUFFIXES
from immunarium.literature.record import courses, grid
from immunarium.literature.vocabulary import TrialFile
from immunarium.literature.vocabulary.comparison import AssumedOfFile
from immunarium.literature.vocabulary.section import every
from immunarium.trial import Alternative, Arm, Assumed, Credibility, Trial

FOLDER = Path(__file__).with_name("studies")


def studies() -> list[str]:
    """Names of the studies of the library."""
    return sorted(p.stem for p in FOLDER.glob("*.toml"))


def load_study(study: str | Path) -> Trial:
    """Read a study of the library by its name, or any file of a trial by its path.

    Raises
    ------
    UnknownNameError
        The library has no such study.
    StudyError
        Lists all that is wrong with the file.
    """
    path = Path(study)
    if path.suffix not in SUFFIXES:
        path = FOLDER / f"{study}.toml"
        if str(study) not in studies():
            near = did_you_mean(str(study), studies())
            raise UnknownNameError(f"No study is called {study!r}.{near}")
    return made(read_trial(path), path)


def made(file: TrialFile, path: Path) -> Trial:
    """Make the trial that a file describes."""
    disease = registry.disease(file.disease)
    arms = tuple(
        Arm(a.name, a.label or a.name, _ruled(a.regimen, file), a.n or file.population.n)
        for a in file.arm
    )
    window = file.window.made() if file.window else {}
    return Trial(
        name=path.stem,
        title=file.title,
        citation=file.citation,
        source=file.source,
        document=file.document or "",
        credibility=file.credibility.made() if file.credibility else Credibility(),
        disease=disease,
        therapies=registry.therapies(),
        arms=arms,
        shares=file.population.histologies or disease.shares,
        rows=tuple(r.row(path.name, i) for i, r in enumerate(file.population.row, start=1)),
        record=grid(arms, file.until) if file.record is None else every(file.record),
        until=file.until,
        courses=courses(file, arms) if file.courses is None else tuple(file.courses),
        support=tuple(s.made() for s in file.support),
        visits=file.visits.made() if file.visits else None,
        targets=tuple(t.made() for t in file.target),
        assumed=tuple(_assumed(a, file) for a in file.assumed),
        window={dose: _ruled(regimen, file) for dose, regimen in window.items()},
        endpoints=tuple(e.made() for e in file.endpoint),
        dropout=file.dropout.made() if file.dropout else None,
        design=file.design.made() if file.design else None,
        rules_see=file.rules_see,
    )


def _ruled(regimen: Regimen, file: TrialFile) -> Regimen:
    """Add those rules of the trial that hold a drug which a regimen gives."""
    own = [r for r in file.rules if any(r.startswith(f"hold {d} ") for d in regimen.drugs)]
    return Regimen.parse("; ".join([str(regimen), *own])) if own else regimen


def _assumed(assumed: AssumedOfFile, file: TrialFile) -> Assumed:
    alternatives = tuple(
        Alternative(a.label, {k: _ruled(r, file) for k, r in a.regimens.items()}, a.histologies)
        for a in assumed.alternative
    )
    return Assumed(assumed.what, assumed.choice, assumed.reason, alternatives)
