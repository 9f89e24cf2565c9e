"""Trusted statistics to indicators (评价指标): the catalogue and its computation."""
