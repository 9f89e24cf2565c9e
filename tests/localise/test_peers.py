"""Comparison within the group: quartiles and distances worked by hand, and what the clerk reads."""

import polars as pl
import pytest

from validation.checks import load_checks
from validation.expression import Name, parse
from validation.forms import load_form_set
from validation.peers import GROUP, Peers, peer_columns

COLUMNS = {Name("", "x"): "x", Name("", "y"): "y"}


def compared(values, method="tukey", bases=None, levels=None, minimum=5, u=0.0, a=0.05):
    rows = len(values)
    frame = pl.DataFrame(
        {"year": [2025] * rows, GROUP: levels or ["省级"] * rows, "x": values, "y": bases or [1.0] * rows},
        schema={"year": pl.Int32, GROUP: pl.String, "x": pl.Float64, "y": pl.Float64},
    )
    base = parse("y", "") if method == "hidiroglou_berthelot" else None
    one = Peers("p", "比率", method, parse("x", ""), base, minimum, u, a)
    made = peer_columns(frame, [one], COLUMNS, str)
    assert set(made.columns) == {*frame.columns, "peer.p", "peer.p_median", "peer.p_count"}
    return made["peer.p"].to_list()


def test_tukey_counts_interquartile_ranges_beyond_the_quartiles():
    # 1 2 3 4 5 with 15: quartiles of the six at positions 1.25 and 3.75: 2.25 and 4.75, range 2.5; (15 - 4.75) / 2.5 = 4.1.
    assert compared([1, 2, 3, 4, 5, 15]) == pytest.approx([0.5, 0.1, 0, 0, 0.1, 4.1])


def test_hidiroglou_berthelot_without_weight_of_size():
    # Ratios 0.5 1 1 2 4, median 1: effects 1 - 1/0.5 = -1, 0, 0, 1, 3; quartiles 0 and 1, median 0. Below the median the quartile
    # distance is 0 and so is the least one: no verdict. Above: 1 and 3 quartile distances.
    assert compared([0.5, 1, 1, 2, 4], "hidiroglou_berthelot") == [None, 0, 0, 1, 3]


def test_hidiroglou_berthelot_weighs_by_size():
    # Ratios 0.9 1 1.1 1 2 and 2; larger figure 100 in the last but one, 16 in the last, 1 otherwise: with u = 0.5 the effect of the
    # same ratio is 10 : 4 (both less the median of the effects).
    bases = [1 / 0.9, 1, 1, 1, 1, 50, 8]
    values = [1, 1, 1.1, 1, 1.2, 100, 16]
    distances = compared(values, "hidiroglou_berthelot", bases, u=0.5)
    # Ratios 0.9 1 1.1 1 1.2 2 2: median 1.1.
    effects = [(0.9, bases[0]), (1, 1), (1.1, 1.1), (1, 1), (1.2, 1.2), (2, 100), (2, 16)]
    worked = [(r / 1.1 - 1 if r >= 1.1 else 1 - 1.1 / r) * size**0.5 for r, size in effects]
    ordered = sorted(worked)
    middle, low, high = ordered[3], (ordered[1] + ordered[2]) / 2, (ordered[4] + ordered[5]) / 2
    expected = [abs(e - middle) / (middle - low if e < middle else high - middle) for e in worked]
    assert distances == pytest.approx(expected)
    assert distances[5] / distances[6] == pytest.approx(10 / 4)


def test_groups_are_years_and_levels_and_too_small_a_group_gives_no_verdict():
    levels = ["省级"] * 5 + ["州级"] * 4 + [None]
    distances = compared([1, 2, 3, 4, 50, 1, 2, 3, 50, 9], levels=levels)
    assert distances[:5] == pytest.approx([0.5, 0, 0, 0, 23])
    assert distances[5:] == [None] * 5


def test_no_spread_missing_and_nonpositive_figures_give_no_verdict():
    assert compared([3, 3, 3, 3, 3, 9]) == [None] * 6
    assert compared([1, 2, None, 4, 5, 6])[2] is None
    assert compared([1, 2, 3, 4, 0, -1, 5], "hidiroglou_berthelot", u=0.5)[4:6] == [None, None]


def test_quartile_distances_on_both_sides():
    # Ratios 1 2.9 3 3.1 6, median 3; effects -2, 1 - 3/2.9, 0, 3.1/3 - 1, 1; quartiles are the second and the fourth.
    distances = compared([10, 29, 30, 31, 60], "hidiroglou_berthelot", [10] * 5)
    assert distances == pytest.approx([2 / (3 / 2.9 - 1), 1, 0, 1, 1 / (3.1 / 3 - 1)])


def test_the_least_spread_is_a_share_of_the_median_effect():
    # Ratios 1 1 2 2, median 1.5: effects -0.5 -0.5 1/3 1/3, median -1/12, quartiles -0.5 and 1/3: distances 5/12 on both sides.
    # With a = 10 the least distance is 10/12.
    values = [1, 1, 2, 2]
    assert compared(values, "hidiroglou_berthelot", minimum=4, bases=[1.0] * 4) == pytest.approx([1, 1, 1, 1])
    assert compared(values, "hidiroglou_berthelot", minimum=4, bases=[1.0] * 4, a=10) == pytest.approx([0.5] * 4)


@pytest.mark.parametrize(
    ("form_set", "distances"),
    [
        ("park-annual", {"taxes_share", "energy_intensity", "water_intensity", "output_per_employee"}),
        ("cluster-annual", {"taxes_share", "energy_intensity", "water_intensity", "revenue_per_employee"}),
        ("county-park-annual", {"value_added_rate", "energy_intensity", "revenue_per_mu"}),
        ("development-zone-annual", {"taxes_share", "output_per_ha", "revenue_per_employee"}),
        ("zone-annual", {"taxes_share", "revenue_per_employee"}),
    ],
)
def test_every_form_set_compares_growth_and_ratios_and_has_a_rule_for_each(form_set, distances):
    loaded = load_form_set(form_set)
    checks = load_checks(loaded)
    growth = next(check for check in checks.definitions if check.id == "growth")
    changes = next(check for check in checks.definitions if check.id == "peer_change")
    assert set(changes.over) <= set(growth.over) and "growth" in changes.silent_with
    assert {check.id for check in checks.definitions if check.id.startswith("peer_")} == {"peer_change"} | {
        f"peer_{name}" for name in distances
    }
    compared = {peers.code for peers in checks.peers}
    assert compared == {*distances, *(f"change_{item}" for item in changes.over)}
    assert checks.localisation.weights
