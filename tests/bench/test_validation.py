"""The measurements of validation in small: what they compare is the same, and what they count is found."""

from pathlib import Path

from bench.validation import enterprise_rules, hand_written, park_rules
from bench.validation.native import disagreements, trial, verdict
from bench.validation.parks import unit_mistakes
from bench.validation.tables import enterprises, park_items
from validation.confront import confront

WITHOUT_WORDING = ["item", "rule", "severity"]


def test_verdicts_are_those_of_native_pandera():
    seeds = range(1000, 1050)
    assert disagreements(seeds) == []
    assert sum(len(verdict(trial(seed))) for seed in seeds) > 1000


def test_enterprise_rules_and_their_hand_written_form_say_the_same():
    frame = enterprises(3000, seed=1, bad_share=0.01)
    product = confront(frame, enterprise_rules.defined(), enterprise_rules.KEYS, slice_rows=1000)
    slices = (frame.slice(start, 1000) for start in range(0, 3000, 1000))
    by_hand = hand_written.report(slices, list(enterprise_rules.by_hand()), enterprise_rules.KEYS)
    assert len(enterprise_rules.defined()) == 100
    assert product.height > 1000
    assert product.select("credit_code", *WITHOUT_WORDING).equals(by_hand.select("credit_code", *WITHOUT_WORDING))


def test_park_rules_and_their_hand_written_form_say_the_same():
    frame = park_items(500, seed=1, bad_share=0.01)
    product = confront(frame, park_rules.defined(), park_rules.KEYS)
    by_hand = hand_written.report([frame], list(park_rules.by_hand()), park_rules.KEYS)
    assert len(park_rules.defined()) == 200
    assert product.height > 500
    assert product.select("park_code", *WITHOUT_WORDING).equals(by_hand.select("park_code", *WITHOUT_WORDING))


def test_clean_tables_break_no_rule():
    assert confront(enterprises(3000, 2, bad_share=0), enterprise_rules.defined(), enterprise_rules.KEYS).is_empty()
    assert confront(park_items(500, 2, bad_share=0), park_rules.defined(), park_rules.KEYS).is_empty()


def test_unit_mistakes_are_found_and_nothing_else_is_called_one():
    told = unit_mistakes(parks=400, seed=5)
    assert told.planted > 100
    assert told.recall >= 0.99, told.missed
    assert told.false_alarms_per_1000 <= 5, told.alarmed


def test_every_measurement_is_named():
    assert {path.parent.name for path in (Path("bench")).glob("*/main.py")} >= {"validation"}
