"""From records of enterprises to figures of parks: CPU and memory against SQL written by hand, pandas, and data that do not fit."""

from pathlib import Path


def pandas_way_path() -> Path:
    """The script that does it with pandas, which the product does not depend on."""
    return Path(__file__).parent / "pandas_way.py"
