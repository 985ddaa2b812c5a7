"""What holds for every therapy: its numbers have sources, and its regimens can be given."""

from pathlib import Path

import pytest

from immunarium import registry, therapies
from immunarium.core import Procedure, TableError, Therapy, UnitError
from immunarium.core.tables import read_rows
from immunarium.dosing import Regimen
from immunarium.therapies.aldesleukin import aldesleukin

ALL = tuple(registry.therapies().values())
GIVEN = tuple(t for t in ALL if not isinstance(t, Procedure))


def test_every_file_is_here():
    files = {p.stem for p in Path(therapies.__file__).parent.glob("[a-z]*.py")}
    assert files == {t.name for t in ALL}


@pytest.mark.parametrize("therapy", GIVEN, ids=lambda t: t.name)
def test_every_own_unit_converts(therapy: Therapy):
    for name in therapy.own_units.keys() - {"molar_mass"}:
        assert therapy.amount_of(name) > 0
    assert therapy.amount_of(therapy.unit) == 1


@pytest.mark.parametrize("therapy", ALL, ids=lambda t: t.name)
def test_every_published_regimen_gives_this_therapy_by_its_routes(therapy: Therapy):
    for published in therapy.regimens:
        regimen = Regimen.parse(published.text)
        assert Regimen.parse(str(regimen)) == regimen
        assert regimen.drugs == (therapy.name,)
        assert published.source
        for planned in regimen.doses:
            assert planned.dose.route in therapy.routes
            assert therapy.amount_of(planned.dose.unit.split("/")[0]) > 0


def test_the_label_vial_of_aldesleukin():
    assert aldesleukin.amount_of("MIU") * 18 == pytest.approx(aldesleukin.amount_of("mg") * 1.1)
    assert 250.36 * 1000 * aldesleukin.amount_of("IU") == pytest.approx(
        1, rel=1e-4
    )  # IU/mL in 1 nM
    assert aldesleukin.amount_of("U") == pytest.approx(6 * aldesleukin.amount_of("IU"))


def therapy_with(rows: str, tmp_path: Path) -> Therapy:
    table = tmp_path / "x.tsv"
    table.write_text("name\tvalue\tunit\tevidence\tsource\n" + rows, encoding="utf-8")
    return Therapy("x", "X.", "nmol", {}, table=table)


def test_units_that_only_lead_to_each_other_are_refused(tmp_path: Path):
    x = therapy_with("A\t2\tB\tassumed\tt\nB\t3\tA\tassumed\tt\n", tmp_path)
    with pytest.raises(
        UnitError, match=r"x is not measured in \[A\]. Write it in A or B or nmol\."
    ):
        x.amount_of("A")


def test_a_number_of_a_therapy_is_no_formula(tmp_path: Path):
    x = therapy_with("A\t= 2 * 3\tnmol\tderived\tt\n", tmp_path)
    with pytest.raises(TableError, match="A is a formula"):
        x.amount_of("A")


def test_mass_needs_a_molar_mass(tmp_path: Path):
    x = therapy_with("A\t2\tmg\tassumed\tt\n", tmp_path)
    with pytest.raises(UnitError, match="not measured in"):
        x.amount_of("A")
    assert len(read_rows(tmp_path / "x.tsv")) == 1
