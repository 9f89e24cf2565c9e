"""Measurements: what the product costs, against the same work written by hand. Not part of the installed product."""
