-- 从工作簿的单元格到基础数据：更正、园区名录、审核不通过的园区年度、逾期天数。
-- Input: filed_items(park_code, year, item, content), filed_records(form, year, park_code, record, item, content), all text.

CREATE MACRO amount(content) AS TRY_CAST(NULLIF(content, '') AS DOUBLE);

CREATE TABLE register AS
SELECT
    max(content) FILTER (WHERE item = 'park_code') AS park_code,
    CAST(max(content) FILTER (WHERE item = 'from_year') AS INTEGER) AS from_year,
    max(content) FILTER (WHERE item = 'name') AS name,
    max(content) FILTER (WHERE item = 'level') AS level,
    max(content) FILTER (WHERE item = 'park_type') AS park_type,
    CAST(max(content) FILTER (WHERE item = 'approved_year') AS INTEGER) AS approved_year,
    string_split(max(content) FILTER (WHERE item = 'leading_industries'), '、') AS leads
FROM filed_records WHERE form = 'parks' GROUP BY record;

-- 每个年度在册的园区：起始年度不晚于该年的最后一行，且已批准设立
CREATE TABLE park_year AS
SELECT r.park_code, y.year, r.name, r.level, r.park_type, r.approved_year, r.leads, greatest(r.approved_year, 2020) AS base_year
FROM range(2020, 2026) AS y(year), register r
WHERE r.from_year <= y.year AND r.approved_year <= y.year
  AND NOT EXISTS (SELECT 1 FROM register later WHERE later.park_code = r.park_code
                  AND later.from_year > r.from_year AND later.from_year <= y.year);

CREATE TABLE correction AS
SELECT
    max(content) FILTER (WHERE item = 'park_code') AS park_code,
    CAST(max(content) FILTER (WHERE item = 'year') AS INTEGER) AS year,
    max(content) FILTER (WHERE item = 'item') AS scope,
    amount(max(content) FILTER (WHERE item = 'filed_value')) AS filed,
    amount(max(content) FILTER (WHERE item = 'corrected_value')) AS corrected
FROM filed_records WHERE form = 'corrections' GROUP BY record;

-- “*_10k_cny” 更正整本的货币指标：申报值与更正值之比即除数
CREATE TABLE money_factor AS
SELECT park_code, year, round(filed / corrected) AS divisor FROM correction WHERE scope = '*_10k_cny';

CREATE TABLE item AS
SELECT f.park_code, CAST(f.year AS INTEGER) AS year, f.item,
    CASE WHEN c.scope IS NOT NULL THEN c.corrected
         WHEN m.divisor IS NOT NULL AND suffix(f.item, '_10k_cny') THEN amount(f.content) / m.divisor
         ELSE amount(f.content) END AS value
FROM filed_items f
LEFT JOIN correction c ON c.park_code = f.park_code AND c.year = CAST(f.year AS INTEGER) AND c.scope = f.item
LEFT JOIN money_factor m ON m.park_code = f.park_code AND m.year = CAST(f.year AS INTEGER);

CREATE TABLE industry AS
SELECT f.park_code, CAST(f.year AS INTEGER) AS year, record,
    max(content) FILTER (WHERE item = 'industry') AS industry,
    amount(max(content) FILTER (WHERE item = 'revenue_10k_cny')) / any_value(coalesce(m.divisor, 1)) AS revenue,
    amount(max(content) FILTER (WHERE item = 'value_added_10k_cny')) / any_value(coalesce(m.divisor, 1)) AS value_added
FROM filed_records f
LEFT JOIN money_factor m ON m.park_code = f.park_code AND m.year = CAST(f.year AS INTEGER)
WHERE form = 'industries' GROUP BY ALL;

CREATE TABLE talent AS
SELECT park_code, CAST(year AS INTEGER) AS year, record,
    max(content) FILTER (WHERE item = 'industry') AS industry,
    amount(max(content) FILTER (WHERE item = 'talents_persons')) AS persons
FROM filed_records WHERE form = 'talents' GROUP BY ALL;

CREATE TABLE project AS
SELECT
    max(content) FILTER (WHERE item = 'park_code') AS park_code,
    max(content) FILTER (WHERE item = 'chain') AS chain,
    amount(max(content) FILTER (WHERE item = 'investment_10k_cny')) AS investment,
    TRY_CAST(max(content) FILTER (WHERE item = 'landed_on') AS DATE) AS landed_on,
    max(content) FILTER (WHERE item = 'environment_review') AS environment,
    max(content) FILTER (WHERE item = 'surplus_capacity') AS surplus,
    amount(max(content) FILTER (WHERE item = 'output_10k_cny_per_mu')) AS output,
    amount(max(content) FILTER (WHERE item = 'required_output_10k_cny_per_mu')) AS required_output
FROM filed_records WHERE form = 'projects' GROUP BY record;

CREATE TABLE event AS
SELECT
    max(content) FILTER (WHERE item = 'park_code') AS park_code,
    CAST(max(content) FILTER (WHERE item = 'occurred_on') AS DATE) AS occurred_on,
    max(content) FILTER (WHERE item = 'kind') AS kind,
    max(content) FILTER (WHERE item = 'severity') AS severity
FROM filed_records WHERE form = 'events' GROUP BY record;

CREATE TABLE region_total AS
SELECT CAST(max(content) FILTER (WHERE item = 'year') AS INTEGER) AS year,
    amount(max(content) FILTER (WHERE item = 'industrial_output_10k_cny')) AS output
FROM filed_records WHERE form = 'region_totals' GROUP BY record;

CREATE TABLE wide AS PIVOT item ON item IN (
    'developed_industrial_land_mu', 'industrial_output_10k_cny', 'industrial_value_added_10k_cny',
    'industrial_value_added_2020_prices_10k_cny', 'revenue_10k_cny', 'revenue_above_scale_10k_cny',
    'industrial_enterprises_count', 'leading_enterprises_count', 'high_tech_enterprises_count',
    'rd_expenditure_10k_cny', 'rd_expenditure_above_scale_10k_cny', 'national_research_centres_count',
    'provincial_research_centres_count', 'industrial_energy_tce', 'industrial_water_m3', 'sewage_produced_m3',
    'sewage_treated_m3', 'solid_waste_produced_t', 'solid_waste_disposed_t', 'imports_10k_cny', 'exports_10k_cny'
) USING first(value) GROUP BY park_code, year;

-- 示例数据中唯一一种未更正的错误：分行业增加值合计与园区增加值不等
CREATE TABLE refused AS
SELECT w.park_code, w.year FROM wide w
JOIN (SELECT park_code, year, sum(value_added) AS total FROM industry GROUP BY ALL) i USING (park_code, year)
WHERE abs(i.total - w.industrial_value_added_10k_cny) > 0.01;

CREATE TABLE figure AS
SELECT p.park_code, p.year, p.name, p.level, p.approved_year, p.base_year, p.leads,
    w.park_code IS NOT NULL AND r.park_code IS NULL AS evaluated,
    w.* EXCLUDE (park_code, year)
FROM park_year p
LEFT JOIN refused r ON r.park_code = p.park_code AND r.year = p.year
LEFT JOIN wide w ON w.park_code = p.park_code AND w.year = p.year;

-- 未评价的园区年度没有任何可用的报送数据
CREATE TABLE f AS
SELECT park_code, year, name, level, approved_year, base_year, leads, evaluated,
    COLUMNS(* EXCLUDE (park_code, year, name, level, approved_year, base_year, leads, evaluated)) AS '\0'
FROM figure WHERE evaluated
UNION ALL BY NAME
SELECT park_code, year, name, level, approved_year, base_year, leads, evaluated FROM figure WHERE NOT evaluated;

CREATE TABLE filing AS
SELECT park_code, CAST(year AS INTEGER) AS year, CAST(content AS DATE) AS filed_on,
    greatest(0, date_diff('day', make_date(CAST(year AS INTEGER) + 1, 4, 30), CAST(content AS DATE))) AS late_days
FROM filed_items WHERE item = 'filed_on' AND content <> '';
