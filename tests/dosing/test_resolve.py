"""From the dose as asked to the amount that enters the model."""

import numpy as np
import pandas as pd
import pytest

from immunarium.core import ImmunoError, RouteTarget, Therapy, UnknownNameError
from immunarium.dosing import Regimen, RegimenError, resolve
from immunarium.therapies.aldesleukin import aldesleukin
from immunarium.therapies.lak_cells import lak_cells

THERAPIES = {t.name: t for t in (aldesleukin, lak_cells)}
PATIENTS = pd.DataFrame(
    {
        "patient.weight": [70.0, 84.0],
        "patient.bsa": [1.73, 2.0],
        "il2.F_sc": [0.35, 0.5],
        "il2.lag_sc": [0.45, 0.45],
    }
)


def amounts(text: str, patients: pd.DataFrame = PATIENTS) -> np.ndarray:
    (dose,) = resolve(Regimen.parse(text), THERAPIES, patients)
    return dose.amounts


def test_the_label_dose_of_a_man_of_70_kg_is_168_nmol():
    got = amounts("aldesleukin 600000 IU/kg IV over 15 min once")
    assert got == pytest.approx([167.756, 201.307], rel=1e-5)


@pytest.mark.parametrize(
    "same",
    ["42 MIU", "42000 kIU", "2.566666666666667 mg", "2566.666666666667 ug", "7e6 U", "0.6 MIU/kg",
     "100000 U/kg", "167.75599128540303 nmol"],
)  # fmt: skip
def test_one_dose_in_all_its_units(same: str):
    assert amounts(f"aldesleukin {same} IV once")[0] == pytest.approx(167.755991, rel=1e-8)


def test_a_dose_per_square_metre_follows_body_surface():
    per_m2 = amounts("aldesleukin 1e6 U/m² IV once")
    assert per_m2 == pytest.approx(amounts("aldesleukin 6e6 IU IV once") * [1.73, 2.0])


def test_cells_enter_the_lung_as_they_are_counted():
    (dose,) = resolve(
        Regimen.parse("lak_cells 1.5e10 cells IV over 30 min on days 10"), THERAPIES, PATIENTS
    )
    assert (dose.tick, dose.duration, dose.target) == (864_000_000, 1_800_000, "lak.lung")
    assert list(dose.amounts) == [1.5e10, 1.5e10]
    assert dose.text == "lak_cells 1.5e10 cells IV over 30 min"


def test_under_the_skin_a_dose_arrives_late_and_in_part():
    (dose,) = resolve(Regimen.parse("aldesleukin 18 MIU SC once"), THERAPIES, PATIENTS)
    assert (dose.tick, dose.target) == (1_620_000, "il2.depot")
    assert dose.amounts == pytest.approx(amounts("aldesleukin 18 MIU IV once") * [0.35, 0.5])


def test_resolved_doses_are_in_the_order_of_time_and_keep_their_course():
    text = "aldesleukin 1 MIU SC on days 0; lak_cells 1 cell IV once from 1 min"
    assert [d.drug for d in resolve(Regimen.parse(text), THERAPIES, PATIENTS)] == [
        "lak_cells",
        "aldesleukin",
    ]
    label = resolve(Regimen.parse(aldesleukin.regimens[0].text), THERAPIES, PATIENTS)
    assert (label[13].tick, label[13].course) == (104 * 3_600_000, 1)
    assert (label[14].tick, label[14].course) == (328 * 3_600_000, 2)


def test_amounts_cannot_be_changed_behind_the_engine():
    with pytest.raises(ValueError, match="read-only"):
        amounts("aldesleukin 1 mg IV once")[0] = 0


def test_no_patients_get_no_amounts():
    assert amounts("aldesleukin 1 mg/kg SC once", PATIENTS[:0]).size == 0


def test_the_table_names_the_compartment_when_it_knows_the_therapies():
    regimen = Regimen.parse("aldesleukin 1 MIU SC once; lak_cells 1 cell IV once")
    assert regimen.table(THERAPIES)["CMT"].to_list() == ["il2.depot", "lak.lung"]


@pytest.mark.parametrize(
    ("text", "patients", "message"),
    [
        ("aldesluekin 1 mg IV once", PATIENTS,
         "No therapy is called 'aldesluekin'. Did you mean aldesleukin?"),
        ("lak_cells 1 cells SC once", PATIENTS,
         "'lak_cells 1 cells SC' cannot be given: lak_cells has no route SC. Give it IV."),
        ("lak_cells 1 mg IV once", PATIENTS,
         "'lak_cells 1 mg IV' cannot be given: lak_cells is not measured in [mg]. "
         "Write it in cell."),
        ("aldesleukin 1 MIO IV once", PATIENTS,
         "'aldesleukin 1 MIO IV' cannot be given: aldesleukin is not measured in [MIO]. "
         "Write it in IU or U or mg or nmol."),
        ("aldesleukin 1 mg/kg IV once", PATIENTS.drop(columns="patient.weight"),
         "'aldesleukin 1 mg/kg IV' needs patient.weight, which these patients do not have."),
        ("aldesleukin 1 mg/kg IV once", PATIENTS.assign(**{"patient.weight": [70, np.nan]}),
         "'aldesleukin 1 mg/kg IV' needs patient.weight above zero; patient 1 has nan."),
        ("aldesleukin 1 mg SC once", PATIENTS.assign(**{"il2.lag_sc": [0.4, 0.5]}),
         "'aldesleukin 1 mg SC' cannot be given: il2.lag_sc differs between patients, and a dose "
         "has one time for all. Set its spread to 0."),
    ],
)  # fmt: skip
def test_what_cannot_be_given_says_why(text: str, patients: pd.DataFrame, message: str):
    with pytest.raises(ImmunoError) as e:
        resolve(Regimen.parse(text), THERAPIES, patients)
    assert isinstance(e.value, RegimenError | UnknownNameError)
    assert str(e.value) == message


def test_a_therapy_without_a_table_is_measured_in_its_own_unit():
    drug = Therapy("water", "Water.", "mg", {"IV": RouteTarget("body.water")})
    (dose,) = resolve(Regimen.parse("water 1 g IV once"), {"water": drug}, PATIENTS[:1])
    assert dose.amounts == pytest.approx([1000])
