"""How an indicator's value becomes points: the scoring formulas in use, each a definition with its own parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from scoring.points.changes import HoldBase, HoldPrevious, RankGain
from scoring.points.compared import MinMax, Percentile, RankPoints, ReferenceDistance, ZScore
from scoring.points.fixed import Bands, Efficacy, Goalposts, Judged, OverTarget, PassFail, Ratio
from scoring.points.method import Method

AnyMethod = Annotated[
    Ratio | Goalposts | MinMax | Efficacy | ZScore | RankPoints | Percentile | HoldPrevious | HoldBase | OverTarget
    | RankGain | Bands | PassFail | Judged | ReferenceDistance,
    Field(discriminator="method"),
]  # fmt: skip


def needs_target(method: Method) -> bool:
    """Whether the method reads a target or its pace."""
    wanted: Sequence[object] = (getattr(method, name, None) for name in ("benchmark", "threshold", "reference"))  # type: ignore[assignment]
    return any(value in ("target", "pace") for value in wanted)
