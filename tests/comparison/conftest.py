"""The sample data evaluated once, as for the tests of the engine."""

from tests.engine.conftest import published_home

__all__ = ["published_home"]
