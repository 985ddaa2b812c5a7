"""Tables: every number has a unit that converts and a source, and says where it is wrong."""

import pytest

from immunarium.core import (
    Covariate,
    ImmunoError,
    Model,
    ModelError,
    Module,
    Parameter,
    Row,
    Species,
    TableError,
    evaluate,
    nothing,
    reaction,
    read_rows,
)
from immunarium.parameters import Tables, check_module

HEAD = "instance\tname\tvalue\tunit\tcv\tlaw\tevidence\tsource\tnote\n"
GOOD = (
    HEAD
    + "\tamount\t0\tnmol\t\t\tassumed\tthis work\t\n"
    + "\tV\t2660\tmL\t0.25\t\tmeasured\tpmid:2317789\t\n"
    + "\tk\t= CL / V\t1/h\t\t\tderived\tthis work\t\n"
    + "\tCL\t120\tmL/min\t0.4\t\tmeasured\tpmid:2317789\t\n"
    + "\tweight\t70\tkg\t\t\tassumed\tthis work\t\n"
    + "\tmass\t= weight\tmg\t\t\tderived\tthis work\t\n"
)


@pytest.fixture
def drug(tmp_path, monkeypatch):
    """Return a maker of a model whose table is the given text."""

    class Drug(Module):
        """A drug."""

        amount = Species("nmol", "drug")
        V = Parameter("L", "volume")
        k = Parameter("1/h", "rate")
        CL = Parameter("L/h", "clearance")
        weight = Covariate("kg", "weight")
        mass = Parameter("mg", "mass")

        @reaction(amount >> nothing)
        def cleared(self):
            return self.k * self.amount

    def make(text):
        file = tmp_path / "drug.tsv"
        file.write_text(text)
        monkeypatch.setattr(Drug, "table", classmethod(lambda cls: file))
        return Model(Drug(), wires={})

    return make


def value(tables, path):
    columns = {}
    for p, n in tables.items():
        (columns[p],) = evaluate([n.centre], columns)
    return columns[path]


def test_units_are_converted_to_what_the_law_declares(drug):
    t = Tables.of(drug(GOOD))
    assert value(t, "drug.V") == pytest.approx(2.66)
    assert value(t, "drug.CL") == pytest.approx(7.2)


def test_formulas_are_computed_from_other_rows(drug):
    t = Tables.of(drug(GOOD))
    assert value(t, "drug.k") == pytest.approx(7.2 / 2.66)
    assert value(t, "drug.mass") == pytest.approx(70e6)


def test_an_overlay_lies_on_top_and_keeps_the_spread(drug):
    row = Row("drug", "CL", "= base * 1.21", "mL/min", None, "", "derived", "x", "", "o.tsv", 2)
    t = Tables.of(drug(GOOD), [("disease", [row])])
    assert value(t, "drug.CL") == pytest.approx(7.2 * 1.21)
    assert t["drug.CL"].spread == 0.4
    assert t["drug.CL"].layer == "disease"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "120\tmL/min",
            "120\tmL",
            r"in \[L/h\] but its table gives \[mL\] \(drug.tsv, row 5\)",
        ),
        ("120\tmL/min", "120\tml/mim", "Cannot read the unit 'ml/mim'"),
        (
            "\tmeasured\tpmid:2317789\t\n\tk",
            "\tmeasured\t\t\n\tk",
            r"V has no source \(drug.tsv, row 3\)",
        ),
        ("2660", "nan", "V has the value 'nan'"),
        ("2660", "2,660", "V has the value '2,660'"),
        ("0.25", "-1", "V has the spread -1"),
        ("assumed\tthis work\t\n\tV", "guessed\tthis work\t\n\tV", "has the evidence 'guessed'"),
        ("= CL / V", "= CL / Q", "uses Q"),
        ("= CL / V", "= CL", r"k \(drug.tsv, row 4\) should give \[1/h\]"),
        ("= CL / V", "= __import__('os')", "uses __import__"),
        ("= CL / V", "= (lambda: 1)()", "contains"),
        ("= CL / V", "= CL /", "Cannot read the formula"),
        ("= CL / V", "= k", "Formulas need one another in a loop"),
        ("\tCL\t", "\tCLX\t", "drug.CL has no row"),
        ("\tmass\t", "\textra\t1\t1\t\t\tassumed\tx\t\n\tmass\t", "'extra', which no module"),
        ("note\n", "nota\n", "has a column 'nota'. Did you mean note"),
    ],
)
def test_a_wrong_row_gets_one_clear_message(drug, old, new, message):
    assert old in GOOD
    model = drug(GOOD.replace(old, new, 1))
    with pytest.raises(ImmunoError, match=message):
        Tables.of(model)


def test_check_module_finds_a_law_that_eats_what_is_not_there(tmp_path, monkeypatch):
    class Eats(Module):
        """Eats."""

        amount = Species("nmol")
        V = Parameter("nmol/h")
        K = Parameter("nmol")

        @reaction(amount >> nothing)
        def eaten(self):
            return self.V * self.K / (self.K + self.amount)

    file = tmp_path / "eats.tsv"
    file.write_text(
        HEAD
        + "".join(
            f"\t{n}\t1\t{u}\t\t\tassumed\tx\t\n"
            for n, u in (("amount", "nmol"), ("V", "nmol/h"), ("K", "nmol"))
        )
    )
    monkeypatch.setattr(Eats, "table", classmethod(lambda cls: file))
    with pytest.raises(ModelError, match=r"eats\.eaten consumes amount but goes on"):
        check_module(Eats())


def test_check_module_wants_a_note_where_the_source_is_this_work(tmp_path, monkeypatch):
    class Kept(Module):
        """Kept."""

        amount = Species("nmol")

    file = tmp_path / "kept.tsv"
    monkeypatch.setattr(Kept, "table", classmethod(lambda cls: file))
    file.write_text(HEAD + "\tamount\t1\tnmol\t\t\tassumed\tthis work\tround number\n")
    check_module(Kept())
    file.write_text(HEAD + "\tamount\t1\tnmol\t\t\tassumed\tthis work\t\n")
    with pytest.raises(TableError, match=r"kept\.amount .* no note \(kept\.tsv, row 2\)"):
        check_module(Kept())


def test_rows_know_their_line(tmp_path):
    file = tmp_path / "x.tsv"
    file.write_text(GOOD)
    assert read_rows(file)[1].where == "x.tsv, row 3"
