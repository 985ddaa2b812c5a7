"""What a trial is compared with: published numbers, other choices, the therapeutic window."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PositiveInt, ValidationInfo, field_validator

from immunarium.core import did_you_mean
from immunarium.core.units import factor
from immunarium.dosing import Regimen
from immunarium.literature.vocabulary.patients import NotNegative
from immunarium.literature.vocabulary.section import Pair, Section, span
from immunarium.literature.vocabulary.words import (
    ArmName,
    Histology,
    Hours,
    InTrial,
    Known,
    Text,
    Treatment,
    Unit,
    given,
    known,
)
from immunarium.population import baseline_graph
from immunarium.trial import Observable, Target, level, read_condition
from immunarium.trial.adverse_events import events_of
from immunarium.trial.observe import probe
from immunarium.trial.observe_rated import among, foretold, is_rated
from immunarium.trial.protocol import (
    EVENT,
    FORETELLING,
    OF_DRUG,
    OUTCOMES,
    READINGS,
    STATISTICS,
    TIME_TO,
    Layer,
    Role,
    Tier,
)
from immunarium.trial.rated import read_score
from immunarium.trial.scales import points, scales


def _reading(text: str) -> str:
    if text not in READINGS:
        raise ValueError(f"Unknown reading {text!r}.{did_you_mean(text, READINGS)}")
    return text


Reading = Annotated[Text, AfterValidator(_reading)]
Span = Annotated[list[Hours], AfterValidator(span)]


def _pair(times: list[float] | None) -> tuple[float, float] | None:
    return (times[0], times[1]) if times else None


class ObservableOfFile(Section):
    """What is read from each patient, and how the patients of an arm are put together."""

    share: Text | None = Field(
        None,
        description=f"Share of patients: {', '.join(OUTCOMES)}, a condition, what is said of a "
        "score like 'QMG improved by 3', or 'event: headache'.",
    )
    median: Reading | None = Field(None, description=f"Median of a reading: {', '.join(READINGS)}.")
    mean: Reading | None = Field(None, description="Mean of such a reading.")
    sd: Reading | None = Field(None, description="Standard deviation of it between patients.")
    cv: Reading | None = Field(None, description="Their coefficient of variation, in %.")
    auc: Text | None = Field(
        None,
        description="What is said of a score at one time: how well a reading of 'of' foretells it, "
        "as the area under the curve.",
    )
    hazard_ratio: Text | None = Field(
        None,
        description="What is said of a score: how much sooner it is so in the highest quarter of "
        "patients by a reading of 'of' than in the lowest.",
    )
    of: Text | None = Field(
        None,
        description="The quantity that is read, the scale or the drug; of a 'time to' what "
        "is said of a score.",
    )
    when: InTrial | None = Field(None, description="When the reading that foretells is taken.")
    read: Literal["value", "change", "fold"] = Field(
        "value", description="What of it: its value, less the start, or of the start."
    )
    within: Span | None = Field(None, description="Two times between which it is read.")
    second: Span | None = Field(
        None, description="Two later times: of the other peak, or of the line taken off first."
    )
    at: InTrial | None = Field(None, description="When it is read.")
    above: Text | None = Field(None, description="Level of a 'time above', with its unit.")
    by: InTrial | None = Field(None, description="Of a score: at any visit up to then.")
    running: PositiveInt | None = Field(None, description="Of a score: at so many visits in a row.")
    until: InTrial | None = Field(
        None, description="Of a score: at every visit from that one on up to then."
    )
    since: InTrial | None = Field(
        None, description="Of a score: the visit that stands for the baseline, instead of day 0."
    )
    every: Hours | None = Field(
        None, description="Of a variation: after how long 'since' and 'at' come again."
    )

    def made(self) -> Observable:
        """The observable of a target."""
        taken = [kind for kind in STATISTICS if getattr(self, kind)]
        if len(taken) != 1:
            raise ValueError(f"Write one of {', '.join(STATISTICS)}: '…'.")
        return Observable(
            statistic=taken[0],
            take=getattr(self, taken[0]),
            of=self.of or "",
            span=_pair(self.within) or (0.0, math.inf),
            second=_pair(self.second),
            at=math.nan if self.at is None else self.at,
            above=self.above or "",
            by=math.nan if self.by is None else self.by,
            running=self.running or 1,
            until=math.nan if self.until is None else self.until,
            since=math.nan if self.since is None else self.since,
            every=math.nan if self.every is None else self.every,
            when=math.nan if self.when is None else self.when,
            read=self.read,
        )

    @field_validator("share")
    @classmethod
    def _outcome(cls, share: str | None, info: ValidationInfo) -> str | None:
        here = known(info)
        if not share or share in OUTCOMES or not here.graph:
            return share
        if said := read_score(share):
            here.raters.check(said)
        elif share.startswith(EVENT):
            events_of(share.removeprefix(EVENT), here.graph)
        else:
            read_condition(share, here.graph, here.grades)
        return share

    @field_validator(*FORETELLING)
    @classmethod
    def _foretold(cls, text: str | None, info: ValidationInfo) -> str | None:
        if text and known(info).graph:
            known(info).raters.check(foretold(text))
        return text

    @field_validator("of")
    @classmethod
    def _quantity(cls, of: str | None, info: ValidationInfo) -> str | None:
        here, readings = known(info), [info.data.get(kind) for kind in STATISTICS[1:]]
        reading = next(filter(None, readings), None)
        if not (of and here.graph and reading) or reading in (*OF_DRUG, TIME_TO):
            return of
        names = {**here.raters.scores, **here.graph.units}
        if of not in names:
            raise ValueError(f"This model has no {of!r}.{did_you_mean(of, names)}")
        return of

    def check(self, known: Known) -> None:
        """Make it."""
        made = self.made()
        if made.statistic != "share" and not made.of:
            raise ValueError(f"A {made.take} is of something: write of: il2.plasma.")
        if made.take == "time above" and known.graph:
            level(made.above, known.graph.units[made.of])


def _own_unit(o: Observable) -> str:
    """Return the unit in which an observable of scores is read; empty for any other."""
    if o.take == TIME_TO:
        return "d"
    if o.statistic in FORETELLING or (o.statistic == "share" and read_score(o.take)):
        return "1"
    if o.of not in scales():
        return ""
    return points(o.of) if o.take in ("value", "change") else "1"


class TargetOfFile(Section):
    """A published number, and what the simulated one must do to agree with it."""

    id: Text = Field(description="Its name in tables, no other target's.")
    name: Text = Field(description="What it is, in words.")
    arm: ArmName = Field(description="In which arm.")
    observable: ObservableOfFile = Field(description="What is read.")
    observed: float = Field(description="The published number.")
    assay: str = Field("", description="What one unit is worth, where it does not convert.")
    unit: Unit = Field(description="Of observed and window; of a share %, 1 or patients.")
    window: Pair | None = Field(None, description="The simulated value must lie inside.")
    tail: Pair | None = Field(
        None, description="Instead: the share of simulated trials above the observed number."
    )
    role: Role = Field(description="calibrate: may be fitted; predict: may not; report: shown.")
    tier: Tier = Field(description="How sure the published number is.")
    layer: Layer | None = Field(None, description="What kind of thing it is.")
    among: Text | None = Field(
        None, description="Only these patients count, like 'INCAT improved by 1 at 10 week'."
    )
    n: PositiveInt | None = Field(
        None, description="How many those were, where the n of the arm is of others."
    )
    against: ArmName | None = Field(None, description="The arm whose value is taken off.")
    ratio_to: ArmName | None = Field(None, description="The arm by whose value it is divided.")
    source: Text = Field(description="doi:, pmid:, or the citation.")
    note: str = Field("", description="Anything worth knowing.")

    def made(self) -> Target:
        """The target of a trial."""
        fields = dict(self)
        fields["observable"] = self.observable.made()
        for pair in ("window", "tail"):
            fields[pair] = tuple(fields[pair]) if fields[pair] else None
        for name in ("among", "against", "ratio_to"):
            fields[name] = fields[name] or ""
        return Target(**fields)

    @field_validator("among")
    @classmethod
    def _some(cls, text: str | None, info: ValidationInfo) -> str | None:
        """Read who counts: by a score, or by a condition at the start."""
        here = known(info)
        if text and here.model:
            if is_rated(text):
                among(text, here.raters)
            else:
                read_condition(text, baseline_graph(here.model), here.grades).truth()
        return text

    @field_validator("observable")
    @classmethod
    def _at_visits(cls, observable: ObservableOfFile, info: ValidationInfo) -> ObservableOfFile:
        """Read what is of a score, in its own unit: it is rated at visits, in an order."""
        here, made = known(info), observable.made()
        if here.graph is not None and (unit := _own_unit(made)):
            target = Target("", "", "", made, 1.0, unit, "memory", "report", "")
            probe(target, here.graph, here.grades, here.until, here.raters)
        return observable

    @field_validator("unit")
    @classmethod
    def _converts(cls, unit: str, info: ValidationInfo) -> str:
        """Work out what it needs of a run, and whether the units convert."""
        here, data = known(info), info.data
        if here.graph is not None and "observable" in data and "assay" in data:
            observable = data["observable"].made()
            if observable.statistic == "share" and unit != "patients":
                factor("1", unit)
            made = Target(
                "", "", "", observable, 1.0, unit, "memory", "report", "", "", data["assay"]
            )
            probe(made, here.graph, here.grades, here.until, here.raters)
        return unit

    @field_validator("role")
    @classmethod
    def _judged(cls, role: Role, info: ValidationInfo) -> Role:
        bounds = [info.data[key] for key in ("window", "tail") if key in info.data]
        if role != "report" and len(bounds) == 2 and (bounds[0] is None) == (bounds[1] is None):
            raise ValueError(
                f"A target with the role {role!r} needs a window or a tail, one of them. Without "
                f"one its role is 'report'."
            )
        return role

    def check(self, known: Known) -> None:
        """Make it."""
        self.made()


class AlternativeOfFile(Section):
    """Another choice where the sources leave one."""

    label: Text = Field(description="What else it could be.")
    regimens: dict[ArmName, Treatment] = Field({}, description="Other regimens, by arm.")
    histologies: dict[Histology, NotNegative] = Field({}, description="Another mix of patients.")


class AssumedOfFile(Section):
    """Something the sources do not give."""

    what: Text = Field(description="What is not known.")
    choice: Text = Field(description="What was chosen.")
    reason: Text = Field(description="Why.")
    alternative: list[AlternativeOfFile] = Field(
        [], description="What else it could be; the report shows the effect."
    )


class WindowOfFile(Section):
    """The therapeutic window: one regimen over doses."""

    regimen: Text = Field(description="A regimen with {dose} where the dose belongs.")
    doses: list[Text] = Field(description="Doses with their units.", min_length=1)

    def made(self) -> dict[str, Regimen]:
        """The regimen of each dose."""
        return by_dose(self.regimen, self.doses)

    def check(self, known: Known) -> None:
        """Read every regimen."""
        self.made()


def by_dose(regimen: str, doses: list[str]) -> dict[str, Regimen]:
    """Put each dose into a regimen.

    Raises
    ------
    ValueError
        There is no place for it, or a regimen cannot be read.
    """
    if "{dose}" not in regimen:
        raise ValueError("The regimen should have {dose} where the dose belongs.")
    return {dose: given(Regimen.parse(regimen.replace("{dose}", dose))) for dose in doses}
