"""A disease does not know drugs: how they meet it is a property of the disease or of the drug."""

from pathlib import Path

import pytest

from immunarium import diseases, registry
from immunarium.core.tables import cells
from immunarium.population import Population

TABLES = sorted(Path(diseases.__file__).parent.glob("*.tsv"))
DRUGS = {"ivig_links", *registry.names("therapies")}


@pytest.mark.parametrize("table", TABLES, ids=[t.stem for t in TABLES])
def test_no_table_of_a_disease_names_a_drug(table):
    named = {row["path"].split(".")[0] for row in cells(table) if "path" in row}
    assert not named & DRUGS


@pytest.mark.parametrize(("name", "known"), [("lambert_eaton", 0.0), ("myasthenia_gravis", 1.0)])
def test_donors_know_the_idiotype_of_an_antibody_or_not(name, known):
    assert Population.typical(registry.disease(name)).table["idiotype.known"].tolist() == [known]
