"""Enterprise records (企业记录): filed by the bureau, judged row by row, aggregated to parks by an engine, reconciled with what parks filed.

Rows of enterprises stay in their files; what leaves this package are findings and figures of parks.
"""
