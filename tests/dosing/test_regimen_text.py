"""Regimen text: what can be read, what it means, and where it points when it cannot be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from immunarium.dosing import (
    Dose,
    Every,
    Give,
    Once,
    OnDays,
    Regimen,
    RegimenError,
    Repeat,
    Rest,
    Rule,
)
from immunarium.dosing.text import EXAMPLE

LABEL = "aldesleukin 600000 IU/kg IV over 15 min q8h x 14; rest 9 d; repeat 1"
TAIL = f"\nA regimen looks like '{EXAMPLE}'."

amounts = st.floats(1e-9, 1e15) | st.integers(1, 10**9).map(float)
spans = st.integers(1, 3_000_000_000).map(lambda ms: f"{ms} ms")
doses = st.builds(
    Dose,
    drug=st.sampled_from(["aldesleukin", "lak_cells", "il-2"]),
    amount=amounts,
    unit=st.sampled_from(["mg", "IU", "IU/kg", "U/m2", "cells", "µg/kg"]),
    route=st.sampled_from(["IV", "SC", "iv"]),
    over=st.just("") | st.integers(1, 3600).map(lambda s: f"{s} s"),
)
days = st.lists(st.integers(0, 4000).map(lambda q: q / 4), min_size=1, max_size=6, unique=True)
undated = st.builds(Every, st.integers(1, 60).map(lambda h: f"{h} h"), st.integers(1, 5))
gives = (
    st.builds(Give, doses, undated | st.just(Once()))
    | st.builds(Give, doses, undated | st.just(Once()), spans)
    | st.builds(Give, doses, days.map(lambda d: OnDays(tuple(sorted(d)))))
)
rules = st.builds(
    Rule,
    action=st.just("hold"),
    drug=st.just("aldesleukin"),
    when=st.sampled_from(["hypotension grade >= 3", "MAP < 60 mmHg or  SBP < 80 mmHg"]),
    stop_after=st.integers(0, 5),
)
rests = st.integers(0, 40).map(lambda d: Rest(f"{d} d"))
aldesleukin = Give(Dose("aldesleukin", 1.0, "mg", "SC"), Every("1 d", 2))


@st.composite
def regimens(draw: st.DrawFn) -> Regimen:
    items = [aldesleukin, *draw(st.lists(gives, max_size=2))]
    for _ in range(draw(st.integers(0, 2))):
        items += [draw(rests), aldesleukin, *draw(st.lists(gives, max_size=1))]
        items += draw(st.just([]) | st.integers(1, 3).map(lambda n: [Repeat(n)]))
    return Regimen(tuple(items), tuple(draw(st.lists(rules, max_size=2))))


@given(regimens())
def test_what_a_regimen_writes_reads_back_equal(regimen: Regimen):
    again = Regimen.parse(str(regimen))
    assert again == regimen
    assert again.doses == regimen.doses


@given(st.text(max_size=40) | st.text("aldesleukin mg IV q8hx;,0123456789.e-", max_size=40))
def test_any_text_is_read_or_refused_in_one_message(text: str):
    message = ""
    try:
        regimen = Regimen.parse(text)
    except RegimenError as e:
        message = str(e)
    else:
        assert Regimen.parse(str(regimen)) == regimen
    assert not message or EXAMPLE in message


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (LABEL, LABEL),
        (EXAMPLE, EXAMPLE),
        ("none", "none"),
        (
            "aldesleukin 1 MIU SC every other day x 7, rest 14 d, repeat 2",
            "aldesleukin 1 MIU SC every other day x 7; rest 14 d; repeat 2",
        ),
        (
            "lak_cells 1.5e10 cells IV over 30 min on days 10, 12, aldesleukin 6 mg SC daily × 5;",
            "lak_cells 1.5e10 cells IV over 30 min on days 10, 12; aldesleukin 6 mg SC daily x 5",
        ),
        ("Aldesleukin 1e6 U/m2 iv over 360 min", "aldesleukin 1e6 U/m² IV over 6 h once"),
        ("aldesleukin 1 mg IV every 12 hours x 4", "aldesleukin 1 mg IV q12h x 4"),
        ("aldesleukin 1 mg IV q3w x 8 from day 12", "aldesleukin 1 mg IV q21d x 8 from day 12"),
        ("aldesleukin 1 mg IV once\n from 328 h", "aldesleukin 1 mg IV once from 328 h"),
        (
            "aldesleukin 1 mg IV daily x 2; then; aldesleukin 2 mg IV daily x 2; "
            "hold aldesleukin when  MAP < 60 mmHg; stop after 1 holds",
            "aldesleukin 1 mg IV daily x 2; then; aldesleukin 2 mg IV daily x 2; "
            "hold aldesleukin when MAP < 60 mmHg; stop after 1 hold",
        ),
    ],
)
def test_a_regimen_is_written_in_one_way(text: str, written: str):
    assert str(Regimen.parse(text)) == written


def test_a_statement_may_leave_out_the_drug_that_is_given_beside_it():
    short = "720000 IU/kg IV q8h x 14; hold when hypotension grade >= 3; stop after 2 holds"
    long = Regimen.parse(
        "aldesleukin 720000 IU/kg IV q8h x 14; "
        "hold aldesleukin when hypotension grade >= 3; stop after 2 holds"
    )
    assert Regimen.parse(short, drug="aldesleukin") == long
    assert long.rules == (Rule("hold", "aldesleukin", "hypotension grade >= 3", stop_after=2),)


HOW_OFTEN = (
    "Say how often: once, q8h x 14, daily x 5, every other day x 7, every 12 h x 4 "
    "or on days 0, 1, 7."
)
BAD_AMOUNT = "An amount is a number above zero, and at most 1e15."
ONE_ROUTE = "A route is one of IV, SC."


@pytest.mark.parametrize(
    ("before", "word", "after", "hint"),
    [
        ("aldesleukin 720000 IU/kg IV over 15 min ", "q8", " x 14",
         "An interval needs a unit, as in 'q8h'."),
        ("aldesleukin 1 mg IV every ", "12", " x 4",
         "An interval needs a unit of time, as in '12 h'."),
        ("aldesleukin 1 mg IV over ", "15", "; rest 9 d",
         "An infusion needs a unit of time, as in '15 h'."),
        ("aldesleukin 1 mg IV over 15 ", "mni", " once",
         "A unit of time is s, min, h, d or w. Did you mean 'min'?"),
        ("aldesleukin 1 mg IV over ", "0", " min once", "A time must be longer than zero."),
        ("aldesleukin 1 mg IV ", "q0h", " x 3", "A time must be longer than zero."),
        ("aldesleukin 1 mg IV once; rest ", "0", " d; repeat 1",
         "A time must be longer than zero."),
        ("aldesleukin 1 mg IV q8h x ", "0", "", "A count must be between 1 and 10000."),
        ("aldesleukin 1 mg IV q8h x ", "1.5", "",
         "A count must be a whole number between 1 and 10000."),
        ("aldesleukin 1 mg IV ", "q0.0001s", " x 3",
         "0.0001 s is not a whole number of milliseconds."),
        ("aldesleukin 1 mg IV once; rest ", "1e9", " d; repeat 1",
         "1e9 d is not a time between 0 and a century."),
        ("aldesleukin ", "-5", " mg IV once", BAD_AMOUNT),
        ("aldesleukin ", "0", " mg IV once", BAD_AMOUNT),
        ("aldesleukin ", "1e400", " mg IV once", BAD_AMOUNT),
        ("aldesleukin ", "nan", " mg IV once", "An amount is a number above zero."),
        ("aldesleukin 600,", "000", " IU/kg IV once",
         "Write an amount without commas, as 600000 or 6e5."),
        ("aldesleukin 720000 ", "IV", " once", "An amount needs a unit, as in '720000 IU/kg'."),
        ("aldesleukin 5 ", "mg/kg/d", " IV once",
         "An amount may be per kg or per m² only; give the whole of it, no rate."),
        ("aldesleukin 5 mg ", "IVV", " once", ONE_ROUTE),
        ("aldesleukin 5 mg ", "once", "", ONE_ROUTE),
        ("", "720000", " IU/kg IV once", "Name the drug before its amount."),
        ("", "&", " 5 mg IV once", "The name of a drug was wanted here, such as aldesleukin."),
        ("aldesleukin 5 mg IV ", "dayly", " x 5", f"{HOW_OFTEN} Did you mean 'daily'?"),
        ("aldesleukin 5 mg IV daily ", "5", "", "Say how many times, as in 'x 14'."),
        ("aldesleukin 5 mg IV daily x 5 ", "form", " day 3",
         "Put ';' between statements. Did you mean 'from'?"),
        ("aldesleukin 5 mg IV on days ", "two", "",
         "A day is a number; day 0 is the start of the study."),
        ("aldesleukin 5 mg IV on days ", "3", ", 3",
         "The days of a schedule must be given, and rise."),
        ("aldesleukin 5 mg IV on days 3 ", "from", " day 2",
         "'on days' counts from the start of the study: leave out 'from'."),
        ("aldesleukin 5 mg IV over 9 h ", "q8h", " x 2",
         "An infusion of 9 h does not end before the next."),
        ("", "rest", " 9 d; aldesleukin 5 mg IV once", "A rest needs doses before it."),
        ("aldesleukin 5 mg IV once; ", "rest", " 9 d",
         "A rest needs doses, or a repeat, after it."),
        ("", "repeat", " 1", "A repeat needs doses before it that are not yet repeated."),
        ("aldesleukin 5 mg IV daily x 2; repeat 1; ", "repeat", " 1",
         "A repeat needs doses before it that are not yet repeated."),
        ("aldesleukin 5 mg IV once; ", "repeat", " 1",
         "The repeated doses would fall on the first; put a rest before."),
        ("aldesleukin 5 mg IV daily x 9000; ", "repeat", " 3", "That is more than 10000 doses."),
        ("aldesleukin 5 mg IV daily x 2; rest 90 w; ", "repeat", " 900",
         "The regimen would last longer than a century."),
        ("aldesleukin 5 mg IV daily x 2; repeat 1; ", "lak_cells", " 1e9 cells IV once",
         "After a repeat, say when: put 'then' or 'rest 9 d' before it, "
         "or 'from day 12' behind it."),
        ("aldesleukin 5 mg IV once; hold ", "aldesluekin", " when MAP < 60 mmHg",
         "'hold aldesluekin when MAP < 60 mmHg': nobody gives aldesluekin. "
         "Did you mean aldesleukin?"),
        ("aldesleukin 5 mg IV once; ", "stop", " after 2 holds",
         "'stop after 2 holds' stands behind its hold."),
    ],
)  # fmt: skip
def test_the_message_points_at_the_word(before: str, word: str, after: str, hint: str):
    with pytest.raises(RegimenError) as e:
        Regimen.parse(before + word + after)
    text = before + word + after
    window = text if len(text) <= 76 else None
    lines = str(e.value).split("\n")
    assert lines[0] == f"Cannot read {word!r} in the regimen"
    assert window is None or lines[1] == f"  {window}"
    assert lines[1][len(lines[2]) - len(word) : len(lines[2])] == word
    assert lines[2].strip() == "^" * len(word)
    assert "\n".join(lines[3:]) == hint + TAIL


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("aldesleukin", "An amount is a number above zero."),
        ("aldesleukin 5", "An amount needs a unit, as in '720000 IU/kg'."),
        ("aldesleukin 5 mg", ONE_ROUTE),
        ("aldesleukin 5 mg IV", HOW_OFTEN),
        ("aldesleukin 5 mg IV q8h", "Say how many times, as in 'x 14'."),
        ("aldesleukin 5 mg IV once; rest", "A rest is a number and a unit of time, such as '8 h'."),
    ],
)
def test_an_end_too_early_points_behind_the_last_word(text: str, hint: str):
    with pytest.raises(RegimenError) as e:
        Regimen.parse(text)
    assert str(e.value) == (
        f"Something is missing at the end in the regimen\n  {text}\n"
        f"  {' ' * len(text)}^\n{hint}{TAIL}"
    )


def test_an_empty_regimen_says_how_to_write_none():
    with pytest.raises(RegimenError) as e:
        Regimen.parse("  ")
    assert str(e.value) == (
        f"The regimen is empty. Write 'none' for no dose; a regimen looks like '{EXAMPLE}'."
    )


def test_a_long_text_is_shown_around_the_word():
    text = "; ".join(["aldesleukin 5 mg IV daily x 5"] * 9 + ["lak_cells 1 cells XX once"])
    with pytest.raises(RegimenError) as e:
        Regimen.parse(text)
    shown, caret = str(e.value).split("\n")[1:3]
    assert len(shown) < 82
    assert shown[caret.index("^") : len(caret)] == "XX"
