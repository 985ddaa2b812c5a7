"""Who the patient is."""

from __future__ import annotations

from immunarium.core import Covariate, Module, Parameter


class Patient(Module):
    """Sex, age, size and plasma of an adult, and how much their team tolerates.

    Assumes: height by sex, weight by height and body mass index; body surface by Mosteller; blood
    by Nadler.
    Leaves out: change of weight with the disease; no law reads performance status, which describes
    patients and selects them; age changes a course only where a table of a module reads it.
    Read: doi:10.1371/journal.pone.0008933 (body surface of 3,613 adults with cancer); Nadler 1962,
    Surgery 51:224 (blood).
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
    haematocrit = Covariate("1", "share of venous blood that is cells")
    f_cell = Covariate("1", "haematocrit of the whole body, of that in a vein")
    nadler_height_man = Covariate("L/cm**3", "Nadler's formula: height of a man")
    nadler_weight_man = Covariate("L/kg", "Nadler's formula: weight of a man")
    nadler_man = Covariate("L", "Nadler's formula: constant of a man")
    nadler_height_woman = Covariate("L/cm**3", "Nadler's formula: height of a woman")
    nadler_weight_woman = Covariate("L/kg", "Nadler's formula: weight of a woman")
    nadler_woman = Covariate("L", "Nadler's formula: constant of a woman")
    blood_volume = Covariate("L", "blood volume")
    plasma_volume = Covariate("L", "plasma volume")
    infusion_limit = Covariate("1", "share of a label's rates at which a patient is infused")
    performance_status = Covariate("1", "ECOG: 0 fully active, 1 restricted or worse")
    tolerance = Parameter("1", "toxicity that this patient's team accepts above average, in SD")
