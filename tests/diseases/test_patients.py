"""Whom a disease draws: adults, of its own sexes, with scores that their scales have."""

import pytest

from immunarium import registry
from immunarium.population import Population

N = 200
SCALES = {
    ("multiple_sclerosis", "disability.score"): (0, 10),
    ("multiple_sclerosis", "disability.later"): (0, 10),
    ("post_polio", "fatigue.score"): (1, 7),
    ("post_polio", "fatigue.later"): (1, 7),
    ("post_polio", "cytokine_pain.pain"): (0, 100),
    ("alzheimer", "cognition.later"): (0, 70),
    ("alzheimer", "function.later"): (0, 78),
    ("inclusion_body_myositis", "strength.later"): (0, 100),
    ("dermatomyositis", "muscle_capillary.cdasi"): (0, 100),
}
MEN = {"polymyositis": 0.31, "healthy": 0.5}
ADULTS = (
    "healthy", "polymyositis", "autoimmune_encephalitis", "neuromyelitis_optica", "crps",
    "necrotising_myositis", "multiple_sclerosis", "alzheimer", "post_polio",
    "inclusion_body_myositis", "anti_mag_neuropathy",
)  # fmt: skip


@pytest.fixture(scope="module")
def drawn():
    names = dict.fromkeys([*ADULTS, *(name for name, _ in SCALES)])
    return {name: Population.sample(registry.disease(name), N, seed=5) for name in names}


@pytest.mark.parametrize(("disease", "path"), SCALES)
def test_scores_lie_on_their_scale_at_the_start_and_at_the_end_of_a_trial(drawn, disease, path):
    low, high = SCALES[disease, path]
    scores = drawn[disease].at_start(path)
    assert low <= scores.min() < scores.max() <= high


@pytest.mark.parametrize("disease", ADULTS)
def test_patients_are_adults_of_an_age_that_is_seen(drawn, disease):
    ages = drawn[disease].table["patient.age"]
    assert 18 <= ages.min() < ages.max() <= 90


@pytest.mark.parametrize("disease", MEN)
def test_the_share_of_men_is_the_disease_s_own_and_not_that_of_cancer_trials(drawn, disease):
    assert drawn[disease].table["patient.sex"].mean() == pytest.approx(MEN[disease], abs=0.1)
