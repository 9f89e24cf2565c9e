"""Archival and accessible: every paper against the clauses of PDF/A and PDF/UA, by veraPDF."""
