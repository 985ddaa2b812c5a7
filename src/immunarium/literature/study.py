"""From a file to a trial that can be run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from immunarium import registry
from immunarium.core import ImmunoError, UnknownNameError, did_you_mean
from immunarium.dosing import Regimen
from immunarium.literature.across import subject_to
from immunarium.literature.files import SUFFIXES
from immunarium.literature.problems import Problem, StudyError
from immunarium.literature.reading import read_trial
from immunarium.literature.record import courses, grid
from immunarium.literature.vocabulary import TrialFile
from immunarium.literature.vocabulary.comparison import AssumedOfFile
from immunarium.literature.vocabulary.section import every
from immunarium.trial import Alternative, Arm, Assumed, Credibility, Trial
from immunarium.trial.design import Design, Escalation
from immunarium.trial.designed import check_design

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
            if Path(study).is_file():
                near = f" The file of a trial ends in {', '.join(SUFFIXES)}."
            raise UnknownNameError(f"No study is called {str(study)!r}.{near}")
    file = read_trial(path)
    try:
        return replace(_made(file, path), file="" if path.parent == FOLDER else path.name)
    except ImmunoError as e:
        raise StudyError([Problem(path.name, 1, (), str(e))]) from None


def _made(file: TrialFile, path: Path) -> Trial:
    """Make the trial that a file describes."""
    disease = registry.disease(file.disease)
    arms = tuple(
        Arm(a.name, a.label or a.name, _ruled(a.regimen, a.name, file), a.n or file.population.n)
        for a in file.arm
    )
    window = file.window.made() if file.window else {}
    trial = Trial(
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
        visits=file.visits.made(file.until) if file.visits else None,
        targets=tuple(t.made() for t in file.target),
        assumed=tuple(_assumed(a, file) for a in file.assumed),
        window={dose: _ruled(regimen, "", file) for dose, regimen in window.items()},
        endpoints=tuple(e.made() for e in file.endpoint),
        dropout=file.dropout.made() if file.dropout else None,
        design=_design(file),
        rules_see=file.rules_see,
        correlated=tuple(c.made() for c in file.population.correlated),
        eligible=tuple(file.population.eligible),
        match=tuple(m.made() for m in file.population.match),
    )
    check_design(trial)
    return trial


def _ruled(regimen: Regimen, arm: str, file: TrialFile) -> Regimen:
    """Add the rules of the trial, and those of an arm."""
    own = [r for a in file.arm if a.name == arm for r in a.rules]
    return subject_to(regimen, arm, file.rules, own)


def _design(file: TrialFile) -> Design | None:
    design = file.design.made() if file.design else None
    if not isinstance(design, Escalation):
        return design
    levels = {dose: _ruled(regimen, "", file) for dose, regimen in design.levels.items()}
    return replace(design, levels=levels)


def _assumed(assumed: AssumedOfFile, file: TrialFile) -> Assumed:
    alternatives = tuple(
        Alternative(a.label, {k: _ruled(r, k, file) for k, r in a.regimens.items()}, a.histologies)
        for a in assumed.alternative
    )
    return Assumed(assumed.what, assumed.choice, assumed.reason, alternatives)
