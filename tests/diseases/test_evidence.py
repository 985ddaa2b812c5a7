"""Which diseases are modelled on what evidence, and which are refused."""

import pytest

from immunarium import registry
from immunarium.core import UnknownNameError
from immunarium.dosing import Regimen
from immunarium.population import Population
from immunarium.trial import simulate

CLASS_IV = {
    "polymyositis": "cytotoxic_muscle.score",
    "neuromyelitis_optica": "antibody_lesion.score",
    "autoimmune_encephalitis": "antibody_lesion.score",
    "necrotising_myositis": "antibody_lesion.score",
    "crps": "cytokine_pain.pain",
}


def run(name, regimen, n=4, days=21):
    disease, therapies = registry.content(name)
    return simulate(disease, therapies, Regimen.parse(regimen), n=n, days=days, workers=1)


@pytest.mark.parametrize("name", ["miller_fisher", "Miller Fisher", "diabetic_radiculoplexopathy"])
def test_a_disease_without_controlled_evidence_is_refused(name):
    with pytest.raises(UnknownNameError, match="no claim is made"):
        registry.disease(name)


def test_five_diseases_are_marked_as_class_iv():
    marked = {n for n, d in registry.diseases().items() if d.evidence_class == "IV"}
    assert marked == set(CLASS_IV)


def test_a_class_iv_disease_rests_untreated_moves_under_immunoglobulin_and_says_its_class():
    score, given = CLASS_IV["polymyositis"], "ivig 1 g/kg IV daily x 2"
    rest, treated = run("polymyositis", "none"), run("polymyositis", given)
    start = rest[score].isel(time=0)
    assert abs(rest[score] - start).max() < 1e-4 * start.max()
    assert (treated[score].isel(time=-1) > start).all()
    assert "class IV" in treated.attrs["warnings"]


@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("neuromyelitis_optica", "antibody_lesion.by_complement"),
        ("necrotising_myositis", "antibody_lesion.by_complement"),
        ("autoimmune_encephalitis", "antibody_lesion.by_complement"),
        ("post_polio", "cytokine_pain.by_cytokines"),
    ],
)
def test_a_share_of_harm_differs_between_patients_and_is_never_more_than_all_of_it(name, share):
    drawn = Population.sample(registry.disease(name), 1000, seed=1).table[share]
    assert drawn.std() > 0
    assert drawn.min() > 0
    assert drawn.max() < 1


def test_exchange_clears_the_paraprotein_of_anti_mag_neuropathy_and_immunoglobulin_does_not():
    igm = "monoclonal_igm.plasma"
    exchange = run("anti_mag_neuropathy", "plasma_exchange 1 PV over 2.5 h once with albumin 5 %")
    immunoglobulin = run("anti_mag_neuropathy", "ivig 1 g/kg IV daily x 2")
    assert exchange[igm].min("time").max() < 0.45
    assert abs(immunoglobulin[igm] - 1).max() < 1e-6
    assert "class IV" not in exchange.attrs["warnings"]
