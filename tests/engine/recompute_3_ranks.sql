-- 得分、排名、等次、靠后、规则和状态。

CREATE TABLE node AS SELECT * FROM (VALUES
    -- 一级指标、权重、指标、在国家级/省级/州级的权重、方法、零分点、满分点
    ('scale', 25, 'output_share_contribution_pct', 25, 25, 25, 'goalposts', 0, 100),
    ('scale', 25, 'revenue_cagr_pct', 35, 35, 35, 'target', NULL, NULL),
    ('scale', 25, 'industrial_enterprises_multiple', 20, 20, 20, 'pace', NULL, NULL),
    ('scale', 25, 'leading_enterprises_multiple', 20, 20, 20, 'pace', NULL, NULL),
    ('quality', 25, 'revenue_per_mu', 60, 60, 60, 'target', NULL, NULL),
    ('quality', 25, 'leading_industry_share_pct', 40, 40, 40, 'target', NULL, NULL),
    ('innovation', 20, 'rd_share_pct', 35, 35, 35, 'target', NULL, NULL),
    ('innovation', 20, 'rd_cagr_pct', 25, 25, 25, 'target', NULL, NULL),
    ('innovation', 20, 'high_tech_enterprises_multiple', 20, 20, 20, 'pace', NULL, NULL),
    ('innovation', 20, 'research_centres_count', 15, 15, 15, 'target', NULL, NULL),
    ('innovation', 20, 'leading_talents_persons', 5, 5, 5, 'goalposts', 0, 3),
    ('green', 20, 'energy_intensity_change_pct', 30, 30, 30, 'goalposts', 4.5, -3),
    ('green', 20, 'water_intensity_change_pct', 20, 20, 20, 'goalposts', 4.5, -3),
    ('green', 20, 'sewage_treatment_pct', 25, 25, 25, 'goalposts', 80, 100),
    ('green', 20, 'solid_waste_disposal_pct', 25, 25, 25, 'goalposts', 80, 100),
    ('opening', 10, 'trade_cagr_pct', 60, 0, 0, 'target', NULL, NULL),
    ('opening', 10, 'major_projects_count', 40, 100, 100, 'goalposts', 0, 2)
) AS t(dimension, above, indicator, "国家级", "省级", "州级", method, zero_at, full_at);

CREATE TABLE node_by_level AS
SELECT dimension, CAST(above AS DOUBLE) AS above, indicator, level, CAST(weight AS DOUBLE) AS weight, method,
    CAST(zero_at AS DOUBLE) AS zero_at, CAST(full_at AS DOUBLE) AS full_at
FROM (UNPIVOT node ON "国家级", "省级", "州级" INTO NAME level VALUE weight) WHERE weight > 0;

CREATE TABLE leaf AS
WITH valued AS (
    SELECT i.year, i.park_code, n.*, i.value,
        CASE n.method WHEN 'goalposts' THEN n.full_at WHEN 'target' THEN t.target_value ELSE t.pace_value END AS benchmark
    FROM indicator i
    JOIN f ON f.park_code = i.park_code AND f.year = i.year AND f.evaluated
    JOIN node_by_level n ON n.indicator = i.indicator AND n.level = i.level
    LEFT JOIN expected_targets t ON t.park_code = i.park_code AND t.year = i.year AND t.indicator = i.indicator
    WHERE i.year > 2020
)
SELECT *, coalesce(least(100, greatest(0,
    CASE WHEN method = 'goalposts' THEN 100 * (value - zero_at) / (full_at - zero_at)
         WHEN benchmark > 0 THEN 100 * value / benchmark END)), 0)
    * CASE WHEN value IS NULL THEN 0 ELSE 1 END AS normalised
FROM valued;

CREATE TABLE expected_scores AS
WITH branch AS (
    SELECT year, park_code, dimension, any_value(above) AS weight, sum(normalised * weight) / 100 AS normalised
    FROM leaf GROUP BY ALL
)
SELECT year, park_code, indicator AS node, dimension AS parent, 'indicator' AS kind, weight, value, benchmark, normalised,
    normalised * weight / 100 AS score, normalised * weight * above / 10000 AS points, weight * above / 100 AS full_points FROM leaf
UNION ALL
SELECT year, park_code, dimension, 'total', 'dimension', weight, NULL, NULL, normalised, normalised * weight / 100,
    normalised * weight / 100, weight FROM branch
UNION ALL
SELECT year, park_code, 'total', NULL, 'total', 100, NULL, NULL, sum(normalised * weight) / 100, sum(normalised * weight) / 100,
    sum(normalised * weight) / 100, 100 FROM branch GROUP BY year, park_code;

-- 应排名的园区：过了初创期的，报没报都算
CREATE TABLE group_parks AS
SELECT year, level AS "group", count(*) AS group_parks FROM park_year
WHERE NOT (approved_year > 2020 AND year - approved_year < 2) GROUP BY ALL
UNION ALL
SELECT year, '全部园区', count(*) FROM park_year WHERE NOT (approved_year > 2020 AND year - approved_year < 2) GROUP BY year;

CREATE TABLE standing AS
WITH grouped AS (
    SELECT r.year, r.park_code, unnest([r.level, '全部园区']) AS "group", s.score
    FROM ranked_park r JOIN expected_scores s ON s.park_code = r.park_code AND s.year = r.year AND s.node = 'total'
), placed AS (
    SELECT *, rank() OVER (PARTITION BY year, "group" ORDER BY round(score, 8) DESC) AS rank,
        count(*) OVER (PARTITION BY year, "group") AS group_size,
        count(*) OVER (PARTITION BY year, "group", round(score, 8)) > 1 AS tied
    FROM grouped
)
SELECT p.*, g.group_parks,
    CASE WHEN score >= 85 THEN '优秀' WHEN score >= 70 THEN '良好' WHEN score >= 60 THEN '合格' ELSE '不合格' END AS grade,
    CASE WHEN g.group_parks >= 5 THEN rank > g.group_parks - greatest(1, (g.group_parks * 20) // 100) END AS bottom
FROM placed p JOIN group_parks g ON g.year = p.year AND g."group" = p."group";

-- 靠后连续计算时，未评价的年度跳过；位次变化只与上一年比
CREATE TABLE streak AS
WITH RECURSIVE walk AS (
    SELECT p.park_code, 2020 AS year, g."group", 0 AS bottom_years, CAST(NULL AS BOOLEAN) AS last_bottom
    FROM (SELECT DISTINCT park_code FROM park_year) p, (SELECT DISTINCT "group" FROM group_parks) g
    UNION ALL
    SELECT w.park_code, w.year + 1, w."group",
        CASE WHEN f.evaluated = FALSE THEN w.bottom_years WHEN s.bottom THEN w.bottom_years + 1 ELSE 0 END,
        CASE WHEN f.evaluated = FALSE THEN w.last_bottom ELSE s.bottom END
    FROM walk w
    LEFT JOIN f ON f.park_code = w.park_code AND f.year = w.year + 1
    LEFT JOIN standing s ON s.park_code = w.park_code AND s."group" = w."group" AND s.year = w.year + 1
    WHERE w.year < 2025
)
SELECT * FROM walk;

CREATE TABLE expected_ranking AS
SELECT n.year, n."group", n.park_code, n.score, n.rank, n.group_size, n.group_parks, n.tied, p.rank AS previous_rank,
    p.rank - n.rank AS rank_change, n.grade, p.grade AS previous_grade, n.bottom, k.bottom_years
FROM standing n
LEFT JOIN standing p ON p.year = n.year - 1 AND p."group" = n."group" AND p.park_code = n.park_code
JOIN streak k ON k.year = n.year AND k."group" = n."group" AND k.park_code = n.park_code;

-- ---------------------------------------------------------------- 规则
CREATE TABLE fact AS
SELECT i.park_code, i.year, i.level, i.evaluated, o.rank, g.group_parks AS group_parks_all, o.group_parks, o.score, o.bottom,
    before.rank AS prev_rank, k.last_bottom AS prev_bottom, a.rank_change AS overall_rise,
    i.accidents_count AS accidents, i.serious_accidents_count AS serious, i.falsified_data_count AS falsified, t.late_days, i.substandard_admitted_count AS substandard,
    i.revenue_per_mu AS per_mu, i.revenue_growth_pct AS growth, m.growth AS median_growth,
    i.leading_industry_share_pct AS share, q.leading_industry_share_pct AS prev_share,
    CASE WHEN i.evaluated THEN 60 END AS share_target
FROM indicator_wide i
LEFT JOIN group_parks g ON g.year = i.year AND g."group" = i.level
LEFT JOIN standing o ON o.park_code = i.park_code AND o.year = i.year AND o."group" = i.level
LEFT JOIN standing before ON before.park_code = i.park_code AND before.year = i.year - 1 AND before."group" <> '全部园区'
LEFT JOIN streak k ON k.park_code = i.park_code AND k.year = i.year - 1 AND k."group" = i.level
LEFT JOIN expected_ranking a ON a.park_code = i.park_code AND a.year = i.year AND a."group" = '全部园区'
LEFT JOIN indicator_wide q ON q.park_code = i.park_code AND q.year = i.year - 1
LEFT JOIN filing t ON t.park_code = i.park_code AND t.year = i.year
LEFT JOIN (SELECT r.level, r.year, median(w.revenue_growth_pct) AS growth FROM ranked_park r
           JOIN indicator_wide w USING (park_code, year) GROUP BY ALL) m ON m.level = i.level AND m.year = i.year
WHERE i.year > 2020;

CREATE TABLE condition AS
SELECT park_code, year, rule, holds FROM fact, LATERAL (VALUES
    ('reward', rank = 1 AND group_parks >= 5 AND score >= 85 AND accidents = 0 AND falsified = 0 AND late_days = 0),
    ('reward_national', group_parks < 5 AND score >= 85 AND accidents = 0 AND falsified = 0 AND late_days = 0),
    ('priority', overall_rise >= 3 AND accidents = 0 AND falsified = 0 AND NOT coalesce(bottom, FALSE)),
    ('promotion_provincial', rank = 1 AND prev_rank = 1 AND per_mu >= 400 AND score >= 70 AND serious = 0),
    ('promotion_national', rank = 1 AND prev_rank = 1 AND per_mu >= 600 AND score >= 70 AND serious = 0),
    ('exit', bottom AND prev_bottom AND growth < median_growth),
    ('rectification_continued', bottom AND prev_bottom),
    ('criticism', bottom),
    ('accident', serious > 0),
    ('admission', substandard > 0),
    ('share_reminder', share < share_target - 5 AND prev_share < share_target - 5),
    ('refile', NOT evaluated)
) AS r(rule, holds)
WHERE (rule <> 'promotion_provincial' OR level = '州级') AND (rule <> 'promotion_national' OR level = '省级');

-- 状态逐年推演：退出候选、限期整改优先于解除，解除优先于晋级；没有建议的沿用，晋级候选不沿用
CREATE TABLE history AS
WITH RECURSIVE walk AS (
    SELECT park_code, 2020 AS year, '正常' AS before, '正常' AS status FROM (SELECT DISTINCT park_code FROM park_year)
    UNION ALL
    SELECT w.park_code, w.year + 1, w.status,
        CASE
            WHEN x.year IS NULL THEN w.status
            WHEN x.bottom AND x.prev_bottom AND x.growth < x.median_growth THEN '退出候选'
            WHEN w.status = '退出候选' AND x.bottom THEN '退出候选'
            WHEN x.bottom OR x.serious > 0 THEN '限期整改'
            WHEN w.status IN ('限期整改', '退出候选') AND NOT coalesce(x.bottom, FALSE) AND x.score >= 60 AND x.serious = 0 THEN '正常'
            WHEN x.rank = 1 AND x.prev_rank = 1 AND x.score >= 70 AND x.serious = 0
                 AND ((x.level = '州级' AND x.per_mu >= 400) OR (x.level = '省级' AND x.per_mu >= 600))
                 AND NOT coalesce(x.share < 55 AND x.prev_share < 55, FALSE) THEN '晋级候选'
            WHEN w.status = '晋级候选' THEN '正常'
            ELSE w.status
        END
    FROM walk w LEFT JOIN fact x ON x.park_code = w.park_code AND x.year = w.year + 1 WHERE w.year < 2025
)
SELECT * FROM walk WHERE year > 2020;

CREATE TABLE raw_outcome AS
SELECT park_code, year, rule, CASE WHEN holds THEN '触发' WHEN NOT holds THEN '未触发' ELSE '无法判定' END AS outcome FROM (
    SELECT * FROM condition
    UNION ALL
    SELECT x.park_code, x.year, 'exit_pending', h.before = '退出候选' AND x.bottom
    FROM fact x JOIN history h ON h.park_code = x.park_code AND h.year = x.year
    UNION ALL
    SELECT x.park_code, x.year, 'rectified',
        h.before IN ('限期整改', '退出候选') AND NOT coalesce(x.bottom, FALSE) AND x.score >= 60 AND x.serious = 0
    FROM fact x JOIN history h ON h.park_code = x.park_code AND h.year = x.year
);

CREATE TABLE superior AS SELECT * FROM (VALUES
    ('exit', 'exit_pending'), ('exit', 'rectification_continued'), ('exit', 'criticism'),
    ('exit_pending', 'rectification_continued'), ('exit_pending', 'criticism'), ('rectification_continued', 'criticism'),
    ('accident', 'reward'), ('accident', 'reward_national'), ('accident', 'priority'), ('accident', 'promotion_provincial'),
    ('accident', 'promotion_national'), ('share_reminder', 'reward'), ('share_reminder', 'reward_national'),
    ('share_reminder', 'priority'), ('share_reminder', 'promotion_provincial'), ('share_reminder', 'promotion_national')
) AS t(winner, loser);

CREATE TABLE expected_rule_checks AS
SELECT o.year, o.park_code, o.rule,
    CASE WHEN o.outcome = '触发' AND EXISTS (
        SELECT 1 FROM superior s JOIN raw_outcome w ON w.rule = s.winner AND w.outcome = '触发'
        WHERE s.loser = o.rule AND w.park_code = o.park_code AND w.year = o.year) THEN '被上位规则取代' ELSE o.outcome END AS outcome
FROM raw_outcome o;

CREATE TABLE expected_proposals AS
SELECT year, park_code, rule,
    CASE WHEN rule IN ('exit', 'exit_pending', 'rectification_continued', 'criticism', 'accident', 'admission', 'share_reminder', 'refile')
         THEN make_date(CAST(year AS INTEGER) + 1, 12, 31) END AS due_date,
    CASE WHEN rule IN ('exit', 'exit_pending') THEN '退出候选'
         WHEN rule IN ('rectification_continued', 'criticism', 'accident') THEN '限期整改'
         WHEN rule IN ('promotion_provincial', 'promotion_national') THEN '晋级候选'
         WHEN rule = 'rectified' THEN '正常' END AS park_status
FROM expected_rule_checks WHERE outcome = '触发';

CREATE TABLE expected_parks AS
SELECT p.year, p.park_code, p.name, p.level, p.park_type, p.approved_year, p.base_year, t.filed_on, t.late_days, f.evaluated,
    r.park_code IS NOT NULL AS ranked, h.before AS status_before, h.status
FROM park_year p
JOIN f ON f.park_code = p.park_code AND f.year = p.year
LEFT JOIN ranked_park r ON r.park_code = p.park_code AND r.year = p.year
LEFT JOIN filing t ON t.park_code = p.park_code AND t.year = p.year
JOIN history h ON h.park_code = p.park_code AND h.year = p.year
WHERE p.year > 2020;
