"""Indicators to scores, ranks and proposals: schemes, normalisation, ranking, dynamic management."""
