"""Geometry of the charts: positions worked by hand."""

from __future__ import annotations

from report_templates.charts import bullet, history, profile, stack, strip, track


def test_bars_of_dimensions_span_the_scale_of_100() -> None:
    chart = profile(50.0, 0.0, 100.0)
    assert (chart.bar, chart.mean_x, chart.best_x) == (97.0, 4.0, 190.0)
    assert profile(50.0, None, None).mean_x is None


def test_bullets_are_clipped_to_the_cell() -> None:
    assert bullet(120.0, -5.0).bar == 50.0
    assert bullet(120.0, -5.0).mean_x == 0.0


def test_segments_of_a_stack_follow_each_other() -> None:
    assert [(s.x, s.width) for s in stack([20.0, None, 30.0])] == [(0.0, 20.0), (20.0, 0.0), (20.0, 30.0)]


def test_a_track_ends_at_130_percent() -> None:
    chart = track(260.0, 65.0, True)
    assert (chart.bar, chart.target_x, chart.pace_x) == (50.0, 38.5, 25.0)


def test_a_year_without_rank_leaves_a_gap_in_the_line() -> None:
    chart = history([2021, 2022, 2023], [70.0, None, 80.0], [60.0, 61.0, 62.0], [2, None, 1], 3, ["70", "", "80"])
    assert chart.score.path.count("M") == 2
    assert chart.mean.path.count("M") == 1
    assert [point.text for point in chart.rank.points] == ["2", "1"]
    # Rank 1 is drawn at the top, the last rank at the bottom.
    assert chart.rank_ticks[0].at == chart.top
    assert chart.rank_ticks[-1].at == chart.bottom


def test_equal_scores_still_have_a_scale() -> None:
    chart = strip(80.0, "80", [80.0], [80.0], 80.0)
    assert len(chart.ticks) >= 2
    assert history([2021, 2022], [100.0, 100.0], [100.0, 100.0], [1, 1], 1, ["", ""]).score.points[0].y == 24.0
