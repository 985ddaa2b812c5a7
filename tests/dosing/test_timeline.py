"""When doses are due: repeats, rests, dates and courses, on an exact clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from immunarium.dosing import Dose, Every, Give, Once, OnDays, Regimen, RegimenError, Rest, ticks

HOUR = 3_600_000
LABEL = "aldesleukin 600000 IU/kg IV over 15 min q8h x 14; rest 9 d; repeat 1"
il2 = Dose("aldesleukin", 600_000, "IU/kg", "IV", over="15 min")
lak = Dose("lak_cells", 1.5e10, "cells", "IV", over="30 min")
dose_lists = st.lists(st.sampled_from([il2, lak]), min_size=1, max_size=3)


def hours(regimen: Regimen, drug: str = "") -> list[float]:
    return [d.tick / HOUR for d in regimen.doses if not drug or d.dose.drug == drug]


def test_the_label_gives_fourteen_doses_and_again_after_nine_days():
    regimen = Regimen.parse(LABEL)
    first = [8.0 * k for k in range(14)]
    assert hours(regimen) == first + [328 + t for t in first]
    assert [d.course for d in regimen.doses] == [1] * 14 + [2] * 14


@given(dose_lists, st.integers(1, 50), st.integers(1, 9), st.integers(0, 30), st.integers(1, 4))
def test_a_repeat_is_the_same_as_writing_it_again(
    given_doses: list[Dose], every: int, count: int, rest: int, repeats: int
):
    block = "; ".join(f"{d} q{every}h x {count}" for d in given_doses)
    pause = f"; rest {rest} d" if rest else ""
    repeated = Regimen.parse(f"{block}{pause}; repeat {repeats}")
    explicit = Regimen.parse((f"{pause or '; then'}; ").join([block] * (repeats + 1)))
    assert repeated.doses == explicit.doses
    assert repeated.table().equals(explicit.table())


@given(st.integers(1, 10**7), st.integers(1, 50))
def test_repeated_doses_equal_the_same_doses_written_one_by_one(every: int, count: int):
    bolus = Dose("aldesleukin", 1, "mg", "SC")
    regular = Regimen.repeat(bolus, every=f"{every} ms", times=count)
    single = Regimen(tuple(Give(bolus, Once(), f"{every * k} ms") for k in range(count)))
    assert regular.doses == single.doses
    assert [d.tick for d in regular.doses] == [every * k for k in range(count)]


def test_then_rests_from_the_end_of_the_last_interval():
    course = Regimen.repeat(il2, every="8 h", times=14)
    assert course.then(course, after="9 d").doses == Regimen.parse(LABEL).doses
    assert str(course.then(course)) == f"{course}; then; {course}"


def test_then_does_not_let_the_second_repeat_the_first():
    priming = Regimen.repeat(il2, every="1 d", times=2)
    cycles = Regimen.parse("lak_cells 1 cell IV daily x 1; rest 2 d; repeat 2")
    both = priming.then(cycles, after="1 d").then(cycles)
    assert hours(both, "aldesleukin") == [0, 24]
    assert hours(both, "lak_cells") == [72, 144, 216, 240, 312, 384]
    assert [d.course for d in both.doses] == [1, 1, 2, 3, 4, 5, 6, 7]


def test_combining_puts_dated_doses_beside_courses_whichever_comes_first():
    courses, cells = Regimen.parse(LABEL), Regimen((Give(lak, OnDays((1, 15))),))
    assert (courses | cells) == (cells | courses)
    got = [(d.tick / HOUR, d.course) for d in (courses | cells).doses if d.dose == lak]
    assert got == [(24, 1), (360, 2)]


def test_combining_undated_doses_starts_them_with_the_study():
    weekly = Regimen.repeat(lak, every="7 d", times=2)
    assert hours(Regimen.parse(LABEL) | weekly, "lak_cells") == [0, 168]
    assert (Regimen.none | weekly) == weekly == (weekly | Regimen.none)


def test_days_and_from_count_from_the_start_of_the_study():
    regimen = Regimen.parse(
        "aldesleukin 1 mg IV daily x 2; rest 5 d; aldesleukin 1 mg IV daily x 2; "
        "lak_cells 1 cell IV on days 0, 7.5; lak_cells 1 cell IV daily x 2 from day 3"
    )
    assert hours(regimen, "aldesleukin") == [0, 24, 168, 192]
    assert hours(regimen, "lak_cells") == [0, 72, 96, 180]


def test_a_rest_waits_for_an_infusion_that_outlasts_its_interval():
    regimen = Regimen.parse("aldesleukin 1 mg IV over 5 d; rest 2 d; repeat 1")
    assert hours(regimen) == [0, 168]


def test_time_is_exact():
    last = Regimen.parse("aldesleukin 1 mg IV q0.1s x 10000").doses[-1]
    assert last.tick == 999_900
    assert ticks("0.001 s") == 1
    assert ticks("36525 d") == 36_525 * 24 * HOUR


def test_the_table_has_the_columns_of_nonmem():
    table = Regimen.parse(LABEL).table()
    assert list(table.columns) == [
        "TIME", "AMT", "RATE", "DUR", "EVID", "MDV", "CMT",
        "DRUG", "ROUTE", "FLUID", "AMTU", "RATEU", "TIMEU", "COURSE",
    ]  # fmt: skip
    assert table.iloc[14].to_list() == [
        328.0, 6e5, 2.4e6, 0.25, 1, 1, ".", "aldesleukin", "IV", ".", "IU/kg",
        "IU/kg/h", "h", 2,
    ]  # fmt: skip
    assert Regimen.none.table().empty


def test_parts_that_no_regimen_can_have_are_refused():
    for make in (
        lambda: Dose("aldesleukin", float("inf"), "mg", "IV"),
        lambda: Dose("aldesleukin", 1, "mg", "IV", over="15"),
        lambda: Every("8", 3),
        lambda: OnDays(()),
        lambda: OnDays((-1,)),
        lambda: Regimen((Rest("9 d"),)),
        lambda: Regimen.none.then(Regimen.none),
        lambda: Regimen.parse(LABEL) | Regimen.parse(LABEL),
        lambda: Regimen.parse(LABEL).then(Regimen((Give(lak, OnDays((1,))),)), after="1 d"),
    ):
        with pytest.raises(RegimenError):
            make()
