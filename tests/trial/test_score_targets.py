from dataclasses import replace

from immunarium.literature import load_study
from immunarium.trial import run_trial, score_targets


def test_targets_alone_are_scored_as_in_the_whole_trial():
    trial = replace(load_study("konrad-1990"), assumed=(), window={})
    alone = score_targets(trial, pool=12, seed=2)
    whole = run_trial(trial, pool=12, seed=2, replicates=2, sweep=False).scores
    assert [s.id for s in alone] == [s.id for s in whole]
    assert [s.simulated for s in alone] == [s.simulated for s in whole]
