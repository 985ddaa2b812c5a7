"""Who the patient is."""

from __future__ import annotations

from immunarium.core import Covariate, Module, Parameter


class Patient(Module):
    """Sex, age and size of an adult with cancer, and how much their team tolerates.

    Assumes: height by sex, weight by height and body mass index; body surface by Mosteller.
    Leaves out: change of weight with the disease; no law reads age or performance status, so they
    describe patients and select them, and change no course.
    Read: doi:10.1371/journal.pone.0008933 (body surface of 3,613 adults with cancer).
    """

    sex = Covariate("1", "1 man, 0 woman")
    age = Covariate("year", "age")
    height_woman = Covariate("cm", "height of a woman")
    height_man = Covariate("cm", "height of a man")
    height = Covariate("cm", "height")
    bmi = Covariate("kg/m**2", "body mass index")
    weight = Covariate("kg", "body weight")
    mosteller = Covariate("m**4/(cm kg)", "constant of Mosteller's formula")
    bsa = Covariate("m**2", "body surface area")
    performance_status = Covariate("1", "ECOG: 0 fully active, 1 restricted or worse")
    tolerance = Parameter("1", "toxicity that this patient's team accepts above average, in SD")
