"""The front door: commands, the order of the stages and the results store."""

__version__ = "0.1.0"
