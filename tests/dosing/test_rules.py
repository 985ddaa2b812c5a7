"""Rules as text, objects and mappings; and the contradictions that are refused."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from immunarium.dosing import Regimen, RegimenError, Rule, check_rules
from immunarium.dosing.rules import EXAMPLES

drugs = st.sampled_from(["aldesleukin", "lak_cells", "il-2"])
conditions = st.sampled_from(
    ["hypotension grade >= 3", "response = PD", "day >= 84 and (a.b + c.d) < 3 mg or visit = 2"]
)
untils = st.sampled_from(["", "hypotension grade <= 1", "kidney.creatinine < 1.5 mg/dL for 24 h"])
shares = st.integers(1, 9999).map(lambda k: k / 10_000)
counts = st.integers(0, 10_000)
times = st.integers(1, 3_000_000_000).map(lambda ms: f"{ms} ms")
TWICE = "lak_cells 1e10 cells IV over 30 min on days 0, 2; rest 2 d; lak_cells 1e9 cells SC once"
gives = st.sampled_from(["aldesleukin 1 MIU SC daily x 5", TWICE]).map(Regimen.parse)
some = {"drug": drugs, "when": conditions, "at_most": counts}
rules = st.one_of(
    st.builds(Rule, st.just("hold"), until=untils, stop_after=counts, **some),
    st.builds(
        Rule, st.just("hold"), until=untils.filter(bool), share=shares, stop_after=counts, **some
    ),
    st.builds(Rule, st.sampled_from(["reduce", "slow"]), share=shares, until=untils, **some),
    st.builds(Rule, st.just("delay"), by=times, **some),
    st.builds(Rule, st.just("stop"), **some),
    st.builds(
        Rule, st.sampled_from(["rescue", "add"]), give=gives, when=conditions, at_most=counts
    ),
    st.builds(Rule, st.just("cross over"), arm=st.sampled_from(["lak_il2", "B"]), when=conditions),
)


@given(rules)
def test_text_objects_and_mappings_round_trip(rule: Rule) -> None:
    assert Rule.parse(str(rule)) == rule
    assert Rule.of(rule.mapping()) == rule
    assert Rule.of(str(rule)) == rule
    assert str(Rule.of(rule.mapping())) == str(rule)


on_doses = st.builds(
    Rule, st.just("hold"), drug=st.just("aldesleukin"), when=conditions, until=untils,
    at_most=counts, stop_after=counts,
)  # fmt: skip


@given(st.lists(on_doses, max_size=3))
def test_rules_stand_in_regimen_text(rules: list[Rule]) -> None:
    regimen = Regimen(Regimen.parse("aldesleukin 5 mg IV daily x 3").items, tuple(rules))
    assert Regimen.parse(str(regimen)) == regimen


@pytest.mark.parametrize("text", EXAMPLES.values())
def test_the_examples_can_be_read_and_are_written_as_they_are(text: str) -> None:
    assert str(Rule.parse(text)) == text


@pytest.mark.parametrize(
    ("before", "word", "after", "hint"),
    [
        ("", "hod", " a when x > 1", "A rule begins with hold, .* Did you mean 'hold'?"),
        ("hold a ", "if", " x > 1", "A rule says when"),
        ("reduce a to ", "half", " when x > 1", "a number of percent"),
        ("reduce a to 50 ", "when", " x > 1", "a number of percent"),
        ("delay a by 1 ", "dy", " when x > 1", "Did you mean 'd'?|A unit of time is"),
        ("cross over ", "too", " b when x > 1", "cross over to lak_il2"),
        ("rescue with ", "a", " 5 mg IV once when x > 1", "in brackets"),
        ("rescue with ", "(", "a 5 mg IV once when x > 1", "not closed"),
        ("rescue with (a 5 mg ", "IVV", " once) when x > 1", "A route is one of"),
        ("hold a when x > 1 at most ", "two", " times", "whole number"),
        ("hold a when x > 1 at most 2 ", "holds", "", "at most 2 times"),
        ("hold a when x > 1", ";", " hold b when x > 1", "One rule was wanted"),
    ],
)  # fmt: skip
def test_the_message_points_at_the_word(before: str, word: str, after: str, hint: str) -> None:
    with pytest.raises(RegimenError, match=hint) as e:
        Rule.parse(before + word + after)
    lines = str(e.value).split("\n")
    assert lines[0] == f"Cannot read {word!r} in the rule"
    assert lines[1][len(lines[2]) - len(word) : len(lines[2])] == word


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("reduce a to 120 % when x > 1", "at most 100 %, not 120 %"),
        ("slow a to 100 % when x > 1", "To slow to 100 % changes nothing"),
        ("hold a when x > 1 until x > 1", "'x > 1' begins and ends the rule"),
        ("hold a when x > 1, resume at 50 %", "'resume at' needs 'until'"),
        ("stop a when x > 1 until x < 1", "has no 'until'"),
        ("add (none) when x > 1", "begins doses"),
        ("rescue with (a 5 mg IV daily x 2; stop a when y > 1) when x > 1", "and no rules"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(text: str, why: str) -> None:
    with pytest.raises(RegimenError, match=why):
        Rule.parse(text)


@pytest.mark.parametrize(
    ("mapping", "why"),
    [
        ({"hold": "a", "wen": "x > 1"}, "no key 'wen'. Did you mean when"),
        ({"when": "x > 1"}, "one of the keys hold, .* here are 0"),
        ({"hold": "a", "stop": "a", "when": "x > 1"}, "here are 2"),
        ({"hold": "a"}, "A rule says when"),
    ],
)
def test_a_mapping_that_is_no_rule_is_refused(mapping: dict[str, str], why: str) -> None:
    with pytest.raises(RegimenError, match=why):
        Rule.of(mapping)


def parsed(*texts: str) -> list[Rule]:
    return [Rule.parse(t) for t in texts]


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        (["hold a when x > 1", "reduce a to 50 % when X > 1"], "exclude each other"),
        (["delay a by 1 d when x > 1", "delay a by 2 d when x > 1"], "exclude each other"),
        (["stop a when x > 1", "add (a 5 mg IV once) when x > 1"], "one stops what the other"),
        (["hold a when x > 1", "add (a 5 mg IV once) when x > 1"], "one holds what the other"),
        (["hold c when x > 1"], "nobody gives c. Did you mean|nobody gives c. Known: a"),
        (["cross over to D when x > 1"], "no arm 'D'"),
        (["cross over to B when x > 1", "cross over to C when x > 1"], "to one arm"),
    ],
)
def test_contradictions_are_named(rules: list[str], why: str) -> None:
    arms: dict[str, list[Rule]] = {"B": [], "C": []}
    found = check_rules(parsed(*rules), ["a"], arms)
    assert any(re.search(why, f) for f in found), found


def test_different_conditions_and_other_drugs_do_not_contradict() -> None:
    rules = parsed(
        "hold a when x > 1", "reduce a to 50 % when x > 2", "hold b when x > 1",
        "slow a to 50 % when x > 2", "stop a when response = PD", "cross over to B when day >= 3",
    )  # fmt: skip
    assert check_rules(rules, ["a", "b"], {"A": [], "B": []}) == []


def test_nobody_crosses_over_in_a_circle() -> None:
    arms = {
        "A": parsed("cross over to B when x > 1"),
        "B": parsed("cross over to C when x > 1"),
        "C": parsed("cross over to A when x > 1"),
        "D": parsed("cross over to D when x > 1"),
    }
    found = check_rules([], [], arms)
    assert found == [
        "Patients would cross over in a circle: A → B → C → A.",
        "Patients of D would cross over to D: they are there.",
    ]


def test_all_contradictions_are_said_at_once() -> None:
    items = Regimen.parse("a 5 mg SC daily x 3").items
    texts = ("hold b when x > 1", "slow a to 50 % when x > 1", "stop a when x > 2")
    rules = tuple(parsed(*texts, "hold a when x > 2"))
    with pytest.raises(RegimenError) as e:
        Regimen(items, rules)
    assert len(str(e.value).split("\n")) == 3


def test_an_arm_without_doses_may_have_rules() -> None:
    regimen = Regimen.parse("none; cross over to B when response = PD")
    assert regimen.items == ()
    assert Regimen.parse(str(regimen)) == regimen
    with pytest.raises(RegimenError, match="only be rules"):
        Regimen.parse("none; a 5 mg IV once")


def test_a_slower_infusion_still_ends_before_the_next() -> None:
    with pytest.raises(RegimenError, match="would not end before the next"):
        Regimen.parse("a 5 mg IV over 6 h q8h x 3; slow a to 50 % when x > 1")
