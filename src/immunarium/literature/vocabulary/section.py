"""What every section of a trial's file has in common."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo, model_validator

from immunarium.literature.vocabulary.words import Known, known


class Section(BaseModel):
    """A table of a file. Unknown keys and other kinds of values are errors."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, arbitrary_types_allowed=True
    )

    @model_validator(mode="after")
    def _checked(self, info: ValidationInfo) -> Any:
        self.check(known(info))
        return self

    def check(self, known: Known) -> None:
        """Refuse what its keys together cannot mean; only called where each of them can be read.

        Raises
        ------
        ValueError
            Says what to write.
        """


def _rising(pair: Any) -> Any:
    if isinstance(pair, list) and len(pair) == 2 and all(type(x) in (int, float) for x in pair):
        if pair[0] >= pair[1]:
            raise ValueError(f"{pair} should rise: write [low, high].")
        return [float(x) for x in pair]
    raise ValueError(f"Found {pair!r}. Write two numbers, [low, high].")


Pair = Annotated[list[float], BeforeValidator(_rising)]


def span(times: list[float]) -> list[float]:
    """Two times that rise.

    Raises
    ------
    ValueError
        They are not two, or do not.
    """
    if len(times) != 2 or times[0] >= times[1]:
        raise ValueError("Write two times that rise, ['2 h', '4 h'].")
    return times


def every(texts: list[str], until: float = math.inf) -> tuple[float, ...]:
    """Hours of ``every 4 h to 30 d``; each text goes on where the one before it ended.

    Raises
    ------
    ValueError
        A text cannot be read, or does not go on.
    """
    import numpy as np

    from immunarium.trial import hours

    times: list[float] = [0.0]
    for text in texts:
        found = re.fullmatch(r"every (.+) to (.+)", text)
        if found is None:
            raise ValueError(f"Cannot read the record {text!r}. Write 'every 4 h to 30 d'.")
        step, end = hours(found[1]), hours(found[2])
        if step <= 0 or end <= times[-1]:
            raise ValueError(f"The record {text!r} does not go on from {times[-1]:g} h.")
        if (end - times[-1]) / step > 100_000:
            raise ValueError(f"The record {text!r} has more than 100000 times.")
        times.extend(np.arange(times[-1] + step, end + step / 2, step).tolist())
    return tuple(times)
