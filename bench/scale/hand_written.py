"""The figures of the product's definition as an analyst would write them: one SQL for the year, one for the same enterprises of two years."""

YEAR = """
SELECT park_code,
       SUM(revenue_10k_cny), SUM(revenue_10k_cny) FILTER (WHERE above_scale = '是'), SUM(output_10k_cny),
       SUM(value_added_10k_cny), SUM(taxes_10k_cny), SUM(profit_10k_cny), SUM(employees_persons),
       SUM(rd_10k_cny) FILTER (WHERE above_scale = '是'), SUM(energy_tce), SUM(water_m3),
       COUNT(credit_code) FILTER (WHERE above_scale = '是'), COUNT(credit_code) FILTER (WHERE high_tech = '是'),
       100 * SUM(revenue_10k_cny) FILTER (WHERE leading_industry IS NOT NULL) / SUM(revenue_10k_cny),
       100 * list_sum(max(revenue_10k_cny, 4)) / SUM(revenue_10k_cny),
       10000 * SUM(revenue_10k_cny::DOUBLE * revenue_10k_cny::DOUBLE) / SUM(revenue_10k_cny) / SUM(revenue_10k_cny),
       median(revenue_10k_cny::DOUBLE), quantile_cont(revenue_10k_cny::DOUBLE, 0.9),
       SUM(revenue_10k_cny) FILTER (WHERE land_mu > 0) / SUM(land_mu) FILTER (WHERE land_mu > 0)
FROM read_parquet($files) WHERE year = $year GROUP BY park_code ORDER BY park_code
"""

PAIRS = """
WITH n AS (SELECT park_code, credit_code, revenue_10k_cny AS revenue FROM read_parquet($files) WHERE year = $year),
     l AS (SELECT park_code, credit_code, revenue_10k_cny AS revenue FROM read_parquet($files) WHERE year = $year - 1),
     b AS (SELECT coalesce(n.park_code, l.park_code) AS park_code, n.credit_code AS now, l.credit_code AS last,
                  n.revenue AS revenue, l.revenue AS last_revenue
           FROM n FULL JOIN l ON n.park_code = l.park_code AND n.credit_code = l.credit_code)
SELECT park_code,
       100 * (SUM(revenue) FILTER (WHERE last IS NOT NULL) / SUM(last_revenue) FILTER (WHERE now IS NOT NULL) - 1),
       COUNT(now) FILTER (WHERE last IS NULL), COUNT(last) FILTER (WHERE now IS NULL),
       list_sum(max(revenue - last_revenue, 4))
FROM b GROUP BY park_code ORDER BY park_code
"""
"""Figures whose order is that of the definition, after those of `YEAR`."""
