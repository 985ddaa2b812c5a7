"""From a study file to a trial that can be run."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import cast, get_args

import numpy as np

from immunarium import registry
from immunarium.core import ImmunoError, Row, UnknownNameError, did_you_mean
from immunarium.dosing import Regimen
from immunarium.literature.toml import Section, StudyError, read_toml
from immunarium.trial import (
    Alternative,
    Arm,
    Assumed,
    Credibility,
    Observable,
    Support,
    Target,
    Trial,
    Visits,
    hours,
    level,
)
from immunarium.trial.protocol import DOCUMENTS, STATISTICS, Layer, Role, Tier, Weight

FOLDER = Path(__file__).with_name("studies")


def studies() -> list[str]:
    """Names of the studies of the library."""
    return sorted(p.stem for p in FOLDER.glob("*.toml"))


def load_study(study: str | Path) -> Trial:
    """Read a study of the library by its name, or any study file by its path.

    Raises
    ------
    UnknownNameError
        The library has no such study.
    ImmunoError
        The file, a regimen, a unit or a name in it cannot be read.
    """
    path = Path(study)
    if path.suffix != ".toml":
        path = FOLDER / f"{study}.toml"
        if str(study) not in studies():
            near = did_you_mean(str(study), studies())
            raise UnknownNameError(f"No study is called {study!r}.{near}")
    try:
        return _trial(read_toml(path), path.stem)
    except ImmunoError as e:
        if path.name in str(e):
            raise
        raise StudyError(f"{path.name}: {e}") from None


def _trial(file: Section, name: str) -> Trial:
    rules = file.texts("rules")
    population = file.section("population")
    if population is None:
        raise StudyError(f"{name} has no [population].")
    shares = population.numbers("histologies")
    n = int(population.take("n", int))
    rows = tuple(_row(s) for s in population.sections("row"))
    population.close()
    arms = tuple(_arm(s, n, rules) for s in file.sections("arm"))
    until = hours(file.take("until", str))
    disease = registry.disease(file.take("disease", str))
    trial = Trial(
        name=name,
        title=file.take("title", str),
        citation=file.take("citation", str),
        source=file.take("source", str),
        disease=disease,
        therapies=registry.therapies(),
        arms=arms,
        shares=shares or disease.shares,
        rows=rows,
        record=_times(file.texts("record")),
        until=until,
        courses=file.texts("courses"),
        support=tuple(_support(s) for s in file.sections("support")),
        visits=_visits(file.section("visits")),
        targets=tuple(_target(s) for s in file.sections("target")),
        assumed=tuple(_assumed(s, rules) for s in file.sections("assumed")),
        window=_window(file.section("window"), rules),
        document=_optional(file, "document", DOCUMENTS) or "",
        credibility=_credibility(file.section("credibility")),
    )
    file.close()
    return trial


def _row(s: Section) -> Row:
    instance, _, name = s.take("path", str).rpartition(".")
    row = Row(
        instance=instance,
        name=name,
        value=s.take("value", str),
        unit=s.take("unit", str),
        spread=s.get("cv", float),
        law=s.text("law"),
        evidence=s.take("evidence", str),
        source=s.take("source", str),
        note=s.text("note"),
        file=s.where,
        line=0,
    )
    s.close()
    return row


def _regimen(text: str, rules: tuple[str, ...]) -> Regimen:
    """Read a regimen, with those rules of the study that hold a drug it gives."""
    drugs = Regimen.parse(text).drugs
    own = [r for r in rules if any(r.startswith(f"hold {drug} ") for drug in drugs)]
    return Regimen.parse("; ".join([text, *own]))


def _arm(s: Section, n: int, rules: tuple[str, ...]) -> Arm:
    name = s.take("name", str)
    arm = Arm(
        name=name,
        label=s.text("label") or name,
        regimen=_regimen(s.take("regimen", str), rules),
        n=s.get("n", int) or n,
    )
    s.close()
    return arm


def _support(s: Section) -> Support:
    support = Support(
        target=s.take("target", str),
        step=s.take("step", str),
        maximum=s.take("maximum", str),
        start=s.take("start", str),
        stop=s.take("stop", str),
        every=hours(s.take("every", str)),
        after=hours(s.take("after", str)),
    )
    s.close()
    return support


def _visits(s: Section | None) -> Visits | None:
    if s is None:
        return None
    visits = Visits(
        days=tuple(hours(d) / 24 for d in s.texts("days")),
        criteria=s.take("criteria", str),
        detection=level(s.take("detection", str), "mm"),
        measurable=level(s.take("measurable", str), "mm"),
        confirm=hours(s.take("confirm", str)) / 24,
    )
    s.close()
    return visits


def _window(s: Section | None, rules: tuple[str, ...]) -> dict[str, Regimen]:
    if s is None:
        return {}
    text, doses = s.take("regimen", str), s.texts("doses")
    if "{dose}" not in text:
        raise StudyError(f"{s.where}: the regimen should have {{dose}} where the dose belongs.")
    s.close()
    return {dose: _regimen(text.replace("{dose}", dose), rules) for dose in doses}


def _assumed(s: Section, rules: tuple[str, ...]) -> Assumed:
    assumed = Assumed(
        what=s.take("what", str),
        choice=s.take("choice", str),
        reason=s.take("reason", str),
        alternatives=tuple(_alternative(a, rules) for a in s.sections("alternative")),
    )
    s.close()
    return assumed


def _alternative(s: Section, rules: tuple[str, ...]) -> Alternative:
    regimens = s.get("regimens", dict) or {}
    alternative = Alternative(
        label=s.take("label", str),
        regimens={arm: _regimen(str(text), rules) for arm, text in regimens.items()},
        shares=s.numbers("histologies"),
    )
    s.close()
    return alternative


def _target(s: Section) -> Target:
    observable = s.section("observable")
    if observable is None:
        raise StudyError(f"{s.where} has no observable.")
    target = Target(
        id=s.take("id", str),
        name=s.take("name", str),
        arm=s.take("arm", str),
        observable=_observable(observable),
        observed=s.take("observed", float),
        unit=s.take("unit", str),
        assay=s.text("assay"),
        window=s.pair("window"),
        tail=s.pair("tail"),
        role=cast("Role", _one_of(s, "role", get_args(Role))),
        tier=cast("Tier", _one_of(s, "tier", get_args(Tier))),
        source=s.take("source", str),
        note=s.text("note"),
        layer=cast("Layer | None", _optional(s, "layer", get_args(Layer))),
    )
    s.close()
    return target


def _credibility(s: Section | None) -> Credibility:
    if s is None:
        return Credibility()
    weights = get_args(Weight)
    credibility = Credibility(
        question=s.text("question"),
        context=s.text("context"),
        influence=cast("Weight | None", _optional(s, "influence", weights)),
        consequence=cast("Weight | None", _optional(s, "consequence", weights)),
    )
    s.close()
    return credibility


def _optional(s: Section, key: str, known: tuple[str, ...]) -> str | None:
    return _one_of(s, key, known) if key in s.content else s.get(key, str)


def _one_of(s: Section, key: str, known: tuple[str, ...]) -> str:
    value = s.take(key, str)
    if value not in known:
        raise StudyError(f"{s.where}: {key} = {value!r}.{did_you_mean(value, known)}")
    return value


def _observable(s: Section) -> Observable:
    found = {kind: s.text(kind) for kind in STATISTICS}
    if sum(map(bool, found.values())) != 1:
        raise StudyError(f"{s.where} should say share = '…' or median = '…'.")
    statistic = next(kind for kind, take in found.items() if take)
    at = s.text("at")
    observable = Observable(
        statistic=statistic,
        take=found[statistic],
        of=s.text("of"),
        span=_span(s, "within") or (0.0, math.inf),
        second=_span(s, "second"),
        at=hours(at) if at else math.nan,
        above=s.text("above"),
    )
    s.close()
    return observable


def _span(s: Section, key: str) -> tuple[float, float] | None:
    times = s.texts(key)
    if not times:
        return None
    if len(times) != 2 or hours(times[0]) >= hours(times[1]):
        raise StudyError(f"{s.where}: {key} should be two times that rise, ['2 h', '4 h'].")
    return hours(times[0]), hours(times[1])


def _times(texts: tuple[str, ...]) -> tuple[float, ...]:
    """Read ``every 4 h to 30 d``; each goes on where the one before it ended."""
    times: list[float] = [0.0]
    for text in texts:
        found = re.fullmatch(r"every (.+) to (.+)", text)
        if found is None:
            raise StudyError(f"Cannot read the record {text!r}. Write 'every 4 h to 30 d'.")
        step, end = hours(found[1]), hours(found[2])
        if step <= 0 or end <= times[-1]:
            raise StudyError(f"The record {text!r} does not go on from {times[-1]:g} h.")
        times.extend(np.arange(times[-1] + step, end + step / 2, step).tolist())
    return tuple(times)
