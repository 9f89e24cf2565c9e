"""One small SQL-expression language for checks, indicators and rules.

A text is parsed once (`parse`), its table aggregates become columns (`aggregate_columns`), and what is left is one
polars expression with a reason for every null (`compile_expression`); `segments` reads it back in Chinese or with
the figures in it.
"""

from validation.expression.parse import Aggregate, Expression, Name, parse, unknown_names

__all__ = ["Aggregate", "Expression", "Name", "parse", "unknown_names"]
