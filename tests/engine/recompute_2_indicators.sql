-- 评价指标、全州指标和两类目标。参数写在式子里：10 个百分点、100 亿元、5 亿元、翻番、60%、600/400/300、2%、15%、100%。

CREATE MACRO growth(now, before) AS CASE WHEN before > 0 THEN (now / before - 1) * 100 END;
CREATE MACRO yearly(now, base, years) AS
    CASE WHEN base > 0 AND years > 0 AND now >= 0 THEN (pow(now / base, 1.0 / years) - 1) * 100 END;
CREATE MACRO per(a, b) AS CASE WHEN b <> 0 THEN a / b END;

CREATE TABLE parks_share AS
SELECT t.year, 100 * sum(f.industrial_output_10k_cny) / any_value(t.output) AS share
FROM region_total t JOIN f ON f.year = t.year AND f.evaluated GROUP BY t.year;

-- 只依据园区报送的数、同一年度内能算出的
CREATE TABLE simple AS
SELECT f.park_code, f.year, f.level, f.base_year, f.evaluated, f.approved_year,
    100 * per(f.industrial_output_10k_cny, t.output) AS output_share_pct,
    per((SELECT sum(i.revenue) FROM industry i WHERE i.park_code = f.park_code AND i.year = f.year
         AND list_contains(f.leads, i.industry)) * 100, f.revenue_10k_cny) AS leading_industry_share_pct,
    per(f.revenue_10k_cny, f.developed_industrial_land_mu) AS revenue_per_mu,
    f.national_research_centres_count + f.provincial_research_centres_count AS research_centres_count,
    100 * per(f.rd_expenditure_above_scale_10k_cny, f.revenue_above_scale_10k_cny) AS rd_share_pct,
    CASE WHEN f.evaluated THEN coalesce((SELECT sum(persons) FROM talent n
         WHERE n.park_code = f.park_code AND n.year = f.year), 0) END AS leading_talents_persons,
    per(f.industrial_energy_tce, f.industrial_value_added_2020_prices_10k_cny) AS energy_intensity_tce_per_10k_cny,
    per(f.industrial_water_m3, f.industrial_value_added_2020_prices_10k_cny) AS water_intensity_m3_per_10k_cny,
    100 * per(f.sewage_treated_m3, f.sewage_produced_m3) AS sewage_treatment_pct,
    100 * per(f.solid_waste_disposed_t, f.solid_waste_produced_t) AS solid_waste_disposal_pct,
    f.imports_10k_cny + f.exports_10k_cny AS trade_10k_cny,
    f.revenue_10k_cny, f.rd_expenditure_10k_cny, f.industrial_enterprises_count, f.leading_enterprises_count,
    f.high_tech_enterprises_count,
    -- 项目和事项由统计部门登记，与园区是否报送无关
    CAST((SELECT count(*) FROM project j WHERE j.park_code = f.park_code AND j.investment > 50000
          AND year(j.landed_on) <= f.year) AS DOUBLE) AS major_projects_count,
    CAST((SELECT count(*) FROM project j WHERE j.park_code = f.park_code AND year(j.landed_on) = f.year
          AND (coalesce(j.environment, '') = '不过关' OR coalesce(j.surplus, '') = '是'
               OR coalesce(j.required_output - j.output, 0) > 0)) AS DOUBLE) AS substandard_admitted_count,
    CAST((SELECT count(*) FROM project j WHERE j.park_code = f.park_code AND year(j.landed_on) = f.year
          AND (nullif(j.environment, '') IS NULL OR nullif(j.surplus, '') IS NULL OR j.output IS NULL OR j.required_output IS NULL)) AS DOUBLE) AS unreviewed_admitted_count,
    CAST((SELECT count(*) FROM event e WHERE e.park_code = f.park_code AND year(e.occurred_on) = f.year
          AND e.kind IN ('安全生产事故', '突发环境事件') AND e.severity <> '一般') AS DOUBLE) AS serious_accidents_count,
    CAST((SELECT count(*) FROM event e WHERE e.park_code = f.park_code AND year(e.occurred_on) = f.year
          AND e.kind IN ('安全生产事故', '突发环境事件')) AS DOUBLE) AS accidents_count,
    CAST((SELECT count(*) FROM event e WHERE e.park_code = f.park_code AND year(e.occurred_on) = f.year
          AND e.kind = '统计数据失实') AS DOUBLE) AS falsified_data_count
FROM f LEFT JOIN region_total t ON t.year = f.year;

CREATE TABLE indicator_wide AS
SELECT n.park_code, n.year, n.level, n.base_year, n.approved_year, n.evaluated,
    n.output_share_pct,
    n.output_share_pct - b.output_share_pct AS output_share_change_pp,
    100 * per(n.output_share_pct - b.output_share_pct,
        10.0 * (n.year - n.base_year) / (2025 - n.base_year) * b.output_share_pct / s.share) AS output_share_contribution_pct,
    yearly(n.revenue_10k_cny, b.revenue_10k_cny, n.year - n.base_year) AS revenue_cagr_pct,
    growth(n.revenue_10k_cny, p.revenue_10k_cny) AS revenue_growth_pct,
    n.industrial_enterprises_count / CASE WHEN b.industrial_enterprises_count < 1 THEN 1 ELSE b.industrial_enterprises_count END
        AS industrial_enterprises_multiple,
    n.leading_enterprises_count / CASE WHEN b.leading_enterprises_count < 1 THEN 1 ELSE b.leading_enterprises_count END
        AS leading_enterprises_multiple,
    n.leading_industry_share_pct, n.revenue_per_mu,
    n.high_tech_enterprises_count / CASE WHEN b.high_tech_enterprises_count < 1 THEN 1 ELSE b.high_tech_enterprises_count END
        AS high_tech_enterprises_multiple,
    n.research_centres_count, n.rd_share_pct,
    yearly(n.rd_expenditure_10k_cny, b.rd_expenditure_10k_cny, n.year - n.base_year) AS rd_cagr_pct,
    n.leading_talents_persons, n.energy_intensity_tce_per_10k_cny,
    growth(n.energy_intensity_tce_per_10k_cny, p.energy_intensity_tce_per_10k_cny) AS energy_intensity_change_pct,
    n.water_intensity_m3_per_10k_cny,
    growth(n.water_intensity_m3_per_10k_cny, p.water_intensity_m3_per_10k_cny) AS water_intensity_change_pct,
    n.sewage_treatment_pct, n.solid_waste_disposal_pct, n.trade_10k_cny,
    yearly(n.trade_10k_cny, b.trade_10k_cny, n.year - n.base_year) AS trade_cagr_pct,
    n.major_projects_count, n.substandard_admitted_count, n.unreviewed_admitted_count, n.serious_accidents_count, n.accidents_count, n.falsified_data_count
FROM simple n
LEFT JOIN simple p ON p.park_code = n.park_code AND p.year = n.year - 1
LEFT JOIN simple b ON b.park_code = n.park_code AND b.year = n.base_year
LEFT JOIN parks_share s ON s.year = n.base_year;

CREATE TABLE indicator AS
SELECT park_code, year, level, base_year, indicator, value FROM indicator_wide
UNPIVOT INCLUDE NULLS (value FOR indicator IN (
    COLUMNS(* EXCLUDE (park_code, year, level, base_year, approved_year, evaluated))));

-- 初创期：基期年之后批准、批准后头两个统计年度
CREATE TABLE ranked_park AS
SELECT park_code, year, level FROM indicator_wide
WHERE evaluated AND NOT (approved_year > 2020 AND year - approved_year < 2);

CREATE TABLE expected_indicators AS
SELECT i.year, i.park_code, i.indicator, i.value, p.value AS previous_value, m.mean AS group_mean
FROM indicator i
LEFT JOIN indicator p ON p.park_code = i.park_code AND p.indicator = i.indicator AND p.year = i.year - 1
LEFT JOIN (SELECT r.level, r.year, v.indicator, avg(v.value) AS mean FROM ranked_park r
           JOIN indicator v ON v.park_code = r.park_code AND v.year = r.year GROUP BY ALL) m
    ON m.level = i.level AND m.year = i.year AND m.indicator = i.indicator
WHERE i.year > 2020;

-- ---------------------------------------------------------------- 园区目标
CREATE MACRO reached(value, sign, bound, tolerance) AS
    CASE WHEN sign = '<' THEN value < bound + tolerance ELSE value >= bound - tolerance END;

CREATE TABLE target AS SELECT * FROM (VALUES
    ('revenue_cagr_pct', '>=', 'constant', 0.5, 15, 15, 15),
    ('industrial_enterprises_multiple', '>=', 'linear', 0, 2, 2, 2),
    ('leading_enterprises_multiple', '>=', 'linear', 0, 2, 2, 2),
    ('leading_industry_share_pct', '>=', 'linear', 0, 60, 60, 60),
    ('revenue_per_mu', '>=', 'linear', 0, 600, 400, 300),
    ('high_tech_enterprises_multiple', '>=', 'linear', 0, 2, 2, 2),
    ('research_centres_count', '>=', 'none', 0, 1, 1, 1),
    ('rd_share_pct', '>=', 'linear', 0, 2, 2, 2),
    ('rd_cagr_pct', '>=', 'constant', 0, 15, 15, 15),
    ('energy_intensity_change_pct', '<', 'every_year', 0, 0, 0, 0),
    ('water_intensity_change_pct', '<', 'every_year', 0, 0, 0, 0),
    ('sewage_treatment_pct', '>=', 'linear', 0, 100, 100, 100),
    ('solid_waste_disposal_pct', '>=', 'linear', 0, 100, 100, 100),
    ('trade_cagr_pct', '>=', 'constant', 0.5, 15, NULL, NULL)
) AS t(indicator, sign, path, tolerance, "国家级", "省级", "州级");

CREATE TABLE target_by_level AS
SELECT indicator, sign, path, CAST(tolerance AS DOUBLE) AS tolerance, level, CAST(bound AS DOUBLE) AS bound
FROM (UNPIVOT target ON "国家级", "省级", "州级" INTO NAME level VALUE bound);

CREATE TABLE expected_targets AS
WITH judged AS (
    SELECT i.year, i.park_code, i.indicator, i.value, t.sign AS operator, t.bound AS target_value, t.tolerance, 2025 AS due_year,
        CASE WHEN t.path = 'every_year' THEN 'every_year' ELSE 'end' END AS kind, t.path, i.base_year, b.value AS base_value,
        (SELECT bool_and(reached(y.value, '<', 0, 0)) FROM indicator y WHERE y.park_code = i.park_code AND y.indicator = i.indicator
            AND y.year > i.base_year AND y.year <= i.year) AS always,
        (SELECT count(*) FILTER (WHERE y.value IS NULL) FROM indicator y WHERE y.park_code = i.park_code
            AND y.indicator = i.indicator AND y.year > i.base_year AND y.year <= i.year) AS unknown_years
    FROM indicator i
    JOIN f ON f.park_code = i.park_code AND f.year = i.year AND f.evaluated
    JOIN target_by_level t ON t.indicator = i.indicator AND t.level = i.level
    LEFT JOIN indicator b ON b.park_code = i.park_code AND b.indicator = i.indicator AND b.year = i.base_year
    WHERE i.year > 2020
), paced AS (
    SELECT *,
        CASE WHEN path IN ('constant', 'every_year') OR year >= 2025 THEN target_value
             WHEN path = 'none' THEN NULL
             WHEN base_value >= target_value THEN target_value
             ELSE base_value + (target_value - base_value) * (year - base_year) / (2025 - base_year) END AS pace_value,
        CASE WHEN path <> 'every_year' THEN reached(value, operator, target_value, tolerance)
             WHEN always = FALSE THEN FALSE
             WHEN unknown_years > 0 OR value IS NULL THEN NULL ELSE TRUE END AS attained
    FROM judged
)
SELECT year, park_code, indicator, value, operator, target_value, tolerance, due_year, kind, attained,
    CASE WHEN operator = '>=' AND target_value > 0 THEN 100 * value / target_value END AS attainment_pct,
    base_value, pace_value,
    CASE WHEN path = 'every_year' THEN attained
         WHEN path = 'none' THEN CASE WHEN attained THEN TRUE WHEN year >= 2025 THEN attained END
         ELSE reached(value, operator, pace_value, tolerance) END AS on_path,
    CASE WHEN path = 'linear' AND year > base_year
         THEN value + (value - base_value) / (year - base_year) * (2025 - year) END AS projected_value
FROM paced;

-- ---------------------------------------------------------------- 全州目标
CREATE TABLE member AS SELECT unnest(['橡胶', '普洱茶', '绿色食品', '数字经济', '生物医药（傣医药）', '口岸经济', '文旅康养']) AS member;

CREATE TABLE region_sum AS
SELECT f.year, any_value(t.output) AS output, sum(f.industrial_output_10k_cny) AS parks_output, sum(f.revenue_10k_cny) AS revenue,
    sum(f.industrial_enterprises_count) AS industrial, sum(f.leading_enterprises_count) AS leads,
    sum(f.high_tech_enterprises_count) AS high_tech,
    sum(f.national_research_centres_count + f.provincial_research_centres_count) AS centres,
    count(*) FILTER (WHERE f.national_research_centres_count + f.provincial_research_centres_count >= 1) AS covered,
    count(*) FILTER (WHERE f.revenue_10k_cny > 1000000) AS large, count(*) AS parks
FROM f JOIN region_total t ON t.year = f.year WHERE f.evaluated GROUP BY f.year;

CREATE TABLE region_value AS
SELECT n.year, v.indicator, '' AS member, CAST(v.value AS DOUBLE) AS value FROM region_sum n, region_sum b,
LATERAL (VALUES
    ('parks_output_share_pct', 100 * n.parks_output / n.output),
    ('parks_output_share_change_pp', 100 * n.parks_output / n.output - 100 * b.parks_output / b.output),
    ('parks_revenue_cagr_pct', yearly(n.revenue, b.revenue, n.year - 2020)),
    ('parks_revenue_10k_cny', n.revenue),
    ('parks_above_10bn_count', CAST(n.large AS DOUBLE)),
    ('region_industrial_enterprises_count', n.industrial),
    ('region_industrial_enterprises_multiple', n.industrial / b.industrial),
    ('region_leading_enterprises_count', n.leads),
    ('region_leading_enterprises_multiple', n.leads / b.leads),
    ('region_high_tech_enterprises_count', n.high_tech),
    ('region_high_tech_enterprises_multiple', n.high_tech / b.high_tech),
    ('region_research_centres_count', n.centres),
    ('research_centre_coverage_pct', 100.0 * n.covered / n.parks)
) AS v(indicator, value)
WHERE b.year = 2020
UNION ALL
SELECT y.year, 'key_industry_talents_persons', m.member,
    coalesce((SELECT sum(n.persons) FROM talent n JOIN f ON f.park_code = n.park_code AND f.year = n.year AND f.evaluated
              WHERE n.year = y.year AND n.industry = m.member), 0)
FROM region_sum y, member m
UNION ALL
SELECT y.year, 'key_chain_projects_count', m.member,
    (SELECT count(*) FROM project j WHERE j.chain = m.member AND j.investment > 50000 AND year(j.landed_on) <= y.year)
FROM region_sum y, member m;

CREATE TABLE region_target AS SELECT * FROM (VALUES
    ('parks_output_share_change_pp', 'linear', 10, 0), ('parks_revenue_cagr_pct', 'constant', 15, 0.5),
    ('parks_above_10bn_count', 'none', 1, 0), ('region_industrial_enterprises_multiple', 'linear', 2, 0),
    ('region_leading_enterprises_multiple', 'linear', 2, 0), ('region_high_tech_enterprises_multiple', 'linear', 2, 0),
    ('region_research_centres_count', 'linear', 5, 0), ('research_centre_coverage_pct', 'linear', 100, 0),
    ('key_industry_talents_persons', 'none', 3, 0), ('key_chain_projects_count', 'none', 1, 0)
) AS t(indicator, path, bound, tolerance);

CREATE TABLE expected_region_targets AS
WITH lacking AS (SELECT year, bool_or(NOT evaluated) AS some FROM f GROUP BY year
), judged AS (
    SELECT v.year, v.indicator, v.member, v.value, CASE WHEN t.indicator IS NOT NULL THEN '>=' END AS operator,
        CAST(t.bound AS DOUBLE) AS target_value, CAST(t.tolerance AS DOUBLE) AS tolerance,
        CASE WHEN t.indicator IS NOT NULL THEN 2025 END AS due_year, t.path, b.value AS base_value,
        -- 项目由统计部门登记，不缺数
        v.indicator = 'key_chain_projects_count' OR NOT l.some AS complete,
        CASE WHEN t.path = 'constant' OR v.year >= 2025 THEN t.bound
             WHEN t.path = 'none' THEN NULL
             WHEN b.value >= t.bound THEN t.bound
             WHEN t.path = 'linear' THEN b.value + (t.bound - b.value) * (v.year - 2020) / 5 END AS pace_value
    FROM region_value v
    LEFT JOIN region_target t ON t.indicator = v.indicator
    LEFT JOIN region_value b ON b.indicator = v.indicator AND b.member = v.member AND b.year = 2020
    JOIN lacking l ON l.year = v.year
    WHERE v.year > 2020
), verdict AS (
    SELECT *, value >= target_value - tolerance AS reached,
        CASE WHEN path = 'none' THEN CASE WHEN value >= target_value THEN TRUE WHEN year >= 2025 THEN FALSE END
             ELSE value >= pace_value - tolerance END AS paced
    FROM judged
)
-- 缺园区时合计是下限：够了就算达到，不够则不能判定；覆盖率不是合计，不能判定
SELECT year, indicator, member, value, operator, target_value, tolerance, due_year, base_value, pace_value, complete,
    CASE WHEN complete OR (reached AND indicator <> 'research_centre_coverage_pct') THEN reached END AS attained,
    CASE WHEN complete OR (paced AND indicator <> 'research_centre_coverage_pct') THEN paced END AS on_path,
    100 * value / target_value AS attainment_pct
FROM verdict;
