-- One row per day of which the visitors of the mall (mini program) are known.
-- on_date | day | the day
-- day_no | days | the day as a number, so that two of them subtract
-- visits | people | visitors of the day, all apps together
SELECT
  m.on_date,
  c.day_no,
  CAST(SUM(m.value) AS BIGINT) AS visits
FROM daily_metrics m
JOIN calendar c ON c.on_date = m.on_date
WHERE m.on_date <= CAST($as_of AS DATE) AND m.entity_kind = 'app' AND m.metric = 'visitors'
GROUP BY m.on_date, c.day_no
