"""The modules of the kernel together."""

import pytest

from immunarium.diseases._plasma import Plasma
from immunarium.parameters import check_module


def test_every_module_passes_the_conformance_suite():
    first, *others = Plasma().modules
    check_module(first, *others)


def test_what_the_kernel_lacks_is_named():
    with pytest.raises(AttributeError, match="Plasma has no igg5"):
        _ = Plasma().igg5


def test_a_fall_of_the_antibody_raises_its_production_only_where_a_study_says_so(adult):
    fallen = {"autoantibody.plasma": 0.2}
    drive = adult.follow([], [0.0, 2.0], fallen, fallen | {"plasma_cells.rebound": 0.5})
    assert drive["plasma_cells.drive"][0, 1] <= 1.0  # document 002 has it rise; no series does
    assert drive["plasma_cells.drive"][1, 1] > 1.1


def test_blood_volume_is_nadlers_and_plasma_what_albumin_measures(adult):
    numbers = adult.usual.table.iloc[0]
    height, weight = numbers["patient.height"] / 100, numbers["patient.weight"]
    man = 0.3669 * height**3 + 0.03219 * weight + 0.6041
    woman = 0.3561 * height**3 + 0.03308 * weight + 0.1833
    sex = numbers["patient.sex"]
    assert numbers["patient.blood_volume"] == pytest.approx(sex * man + (1 - sex) * woman)
    cells = 0.91 * numbers["patient.haematocrit"]
    plasma = numbers["patient.plasma_volume"]
    assert plasma == pytest.approx(numbers["patient.blood_volume"] * (1 - cells))
    # ICSH 1995: 1578 mL/m² in men, 1395 in women, plus or minus 25 %
    icsh = (1.578 * sex + 1.395 * (1 - sex)) * numbers["patient.bsa"]
    assert plasma == pytest.approx(icsh, rel=0.25)
