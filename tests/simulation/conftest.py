"""The published tables, as for the tests of the engine."""

from tests.engine.conftest import published

__all__ = ["published"]
