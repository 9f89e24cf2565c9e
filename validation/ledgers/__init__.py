"""Ledgers (台账) of enterprises, projects and parcels: kept by the bureau, judged row by row, aggregated to parks by an engine, reconciled with
what parks filed.

Rows stay in their files; what leaves this package are findings and figures of parks.
"""
