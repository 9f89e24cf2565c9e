"""The smallest sets named are those that brute force over all sets and all figures finds."""

from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from validation.expression import Name, parse
from validation.linear import TRUE, filled, linear_condition
from validation.smallest_sets import Contradiction, Field, components, interval, smallest_sets

TOP = 3


def name(code):
    return Name("", code)


def contradiction(rules, values, **fields):
    conditions = tuple(linear_condition(parse(rule, "规则"), {}) for rule in rules)
    made = {name(code): Field(value, **fields.get(code, {})) for code, value in values.items()}
    return Contradiction(made, conditions)


def by_brute_force(problem):
    """Every set of least weight for which some whole figures 0 … TOP in place of the set satisfy all rules."""
    names = list(problem.fields)
    best, found = None, []
    sets = [one for size in range(len(names) + 1) for one in combinations(names, size)]
    for chosen in sorted(sets, key=lambda one: sum(problem.fields[each].weight for each in one)):
        weight = sum(problem.fields[each].weight for each in chosen)
        if best is not None and weight > best:
            break
        for values in product(range(TOP + 1), repeat=len(chosen)):
            tried = problem.values | dict(zip(chosen, values, strict=True))
            within = all(field.low <= tried[each] <= field.high for each, field in problem.fields.items())
            if within and all(filled(one, tried) == TRUE for one in problem.conditions):
                best = weight
                found.append(chosen)
                break
    return [] if best == 0 else found


TERMS = st.sampled_from(["a", "b", "c", "d", "1", "2"])
SIDES = st.one_of(
    TERMS,
    st.tuples(TERMS, TERMS).map(" + ".join),
    st.tuples(TERMS, TERMS).map(" - ".join),
    st.tuples(TERMS, TERMS).map(lambda pair: f"GREATEST({pair[0]}, {pair[1]})"),
    st.tuples(TERMS, TERMS).map(lambda pair: f"ABS({pair[0]} - {pair[1]})"),
)
SIMPLE = st.tuples(SIDES, st.sampled_from(["<=", ">=", "=", "<"]), SIDES).map(" ".join)
RULES = st.one_of(
    SIMPLE,
    st.tuples(SIMPLE, SIMPLE).map(" OR ".join),
    st.tuples(SIMPLE, SIMPLE).map(lambda pair: f"CASE WHEN {pair[0]} THEN {pair[1]} END"),
    st.tuples(SIMPLE, SIMPLE).map(lambda pair: f"NOT ({pair[0]} AND {pair[1]})"),
)


@settings(max_examples=150, deadline=None)
@given(
    rules=st.lists(RULES, min_size=1, max_size=4),
    values=st.lists(st.integers(0, TOP + 1), min_size=4, max_size=4),
    weights=st.lists(st.sampled_from([1, 2, 3]), min_size=4, max_size=4),
)
def test_smallest_sets_are_those_of_brute_force(rules, values, weights):
    limits = {
        code: {"weight": weight, "low": 0, "high": TOP, "whole": True}
        for code, weight in zip("abcd", weights, strict=True)
    }
    problem = contradiction(rules, dict(zip("abcd", values, strict=True)), **limits)
    assert smallest_sets(problem, 50) == sorted(by_brute_force(problem), key=lambda one: [each.name for each in one])


def test_one_figure_that_breaks_two_rules_is_named_alone():
    # 700 > 200 and 40 + 60 != 700: only the 700 stands in both.
    problem = contradiction(
        ["added <= output", "ABS(tea + sugar - added) <= 1"], {"added": 700, "output": 200, "tea": 40, "sugar": 60}
    )
    assert smallest_sets(problem, 5) == [(name("added"),)]
    assert interval(problem, [name("added")], name("added")) == (99, 101)


def test_the_figure_trusted_less_is_named():
    rules, values = ["treated <= produced"], {"treated": 9, "produced": 5}
    assert smallest_sets(contradiction(rules, values), 5) == [(name("treated"),), (name("produced"),)]
    assert smallest_sets(contradiction(rules, values, treated={"weight": 2}), 5) == [(name("produced"),)]
    assert interval(contradiction(rules, values), [name("produced")], name("produced")) == (9, float("inf"))


def test_a_part_too_small_to_make_up_the_difference_is_no_answer():
    # The parts exceed the whole by 50; taking 50 from the part of 20 would make it negative.
    problem = contradiction(["small + large = whole"], {"small": 20, "large": 80, "whole": 50}, small={"low": 0})
    assert smallest_sets(problem, 5) == [(name("large"),), (name("whole"),)]


def test_a_tolerance_that_grows_with_the_figure():
    problem = contradiction(["ABS(part - whole) <= GREATEST(1, 0.01 * whole)"], {"part": 1000, "whole": 2000})
    # |part - 2000| <= 20; and 1000 >= whole - 0.01 whole gives whole <= 1000 / 0.99.
    assert interval(problem, [name("part")], name("part")) == (1980, 2020)
    low, high = interval(problem, [name("whole")], name("whole"))
    assert abs(low - 1000 / 1.01) < 1e-6
    assert abs(high - 1000 / 0.99) < 1e-6


def test_large_amounts_with_six_decimals_are_told_apart():
    # With a single program with large constants a millionth of 10^12 would pass as no change.
    rules = ["a = b", "b = c"]
    same = {"a": 999999999999.000001, "b": 999999999999.000001, "c": 999999999999.000001}
    assert smallest_sets(contradiction(rules, same), 5) == []
    assert smallest_sets(contradiction(rules, same | {"c": 999999999989.0}), 5) == [(name("c"),)]


def test_figures_out_of_their_limits_and_rules_that_nothing_can_settle():
    assert smallest_sets(contradiction(["a <= b"], {"a": -1, "b": 5}, a={"low": 0}), 5) == [(name("a"),)]
    assert smallest_sets(contradiction(["a <= b", "a >= b + 1"], {"a": 1, "b": 5}), 5) == []


def test_parts_without_a_common_figure_are_judged_apart():
    problem = contradiction(["a <= b", "c <= d", "d <= e"], {"a": 1, "b": 0, "c": 1, "d": 0, "e": 0})
    assert [[each.name for each in part.fields] for part in components(problem)] == [["a", "b"], ["c", "d", "e"]]
