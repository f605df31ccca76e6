-- One row per customer who bought by the end of `as_of`, described by nothing later than it.
-- customer_id | text | who
-- frequency | count | purchase occasions after the first
-- recency_days | days | from the first to the last occasion (t_x of the lifetime models)
-- age_days | days | from the first occasion to as_of (T of the lifetime models)
-- days_since | days | from the last occasion to as_of
-- occasions_14 | count | occasions in the last 14 days
-- occasions_28 | count | occasions in the last 28 days
-- occasions_56 | count | occasions in the last 56 days
-- occasions_91 | count | occasions in the last 91 days
-- occasions_182 | count | occasions in the last 182 days
-- pace_7 | number | occasions weighted by exp(-days ago / 7)
-- pace_28 | number | occasions weighted by exp(-days ago / 28)
-- pace_91 | number | occasions weighted by exp(-days ago / 91)
-- pace_182 | number | occasions weighted by exp(-days ago / 182)
-- gap_log_mean | number | mean logarithm of the days between two occasions; NULL of one-time buyers
-- gap_log_sd | number | its standard deviation over the customer's gaps; NULL below two gaps
-- longest_gap | days | the longest time between two occasions; NULL of one-time buyers
-- mean_amount | money | mean net amount of an occasion
-- total_amount | money | net amount so far
-- amount_91 | money | net amount in the last 91 days
-- first_on | day | first occasion
-- last_on | day | last occasion
-- last_event_at | timestamp | the newest moment that entered this row, for the leakage audit
WITH today AS (
  SELECT day_no FROM calendar WHERE on_date = CAST($as_of AS DATE)
),
spaced AS (
  SELECT
    customer_id,
    paid_on,
    day_no,
    net_amount,
    last_event_at,
    day_no - LAG(day_no) OVER (PARTITION BY customer_id ORDER BY day_no) AS gap
  FROM purchases
)
SELECT
  p.customer_id,
  COUNT(*) - 1 AS frequency,
  MAX(p.day_no) - MIN(p.day_no) AS recency_days,
  MAX(t.day_no) - MIN(p.day_no) AS age_days,
  MAX(t.day_no) - MAX(p.day_no) AS days_since,
  COUNT(CASE WHEN p.day_no > t.day_no - 14 THEN 1 END) AS occasions_14,
  COUNT(CASE WHEN p.day_no > t.day_no - 28 THEN 1 END) AS occasions_28,
  COUNT(CASE WHEN p.day_no > t.day_no - 56 THEN 1 END) AS occasions_56,
  COUNT(CASE WHEN p.day_no > t.day_no - 91 THEN 1 END) AS occasions_91,
  COUNT(CASE WHEN p.day_no > t.day_no - 182 THEN 1 END) AS occasions_182,
  SUM(EXP(-CAST(t.day_no - p.day_no AS DOUBLE) / 7)) AS pace_7,
  SUM(EXP(-CAST(t.day_no - p.day_no AS DOUBLE) / 28)) AS pace_28,
  SUM(EXP(-CAST(t.day_no - p.day_no AS DOUBLE) / 91)) AS pace_91,
  SUM(EXP(-CAST(t.day_no - p.day_no AS DOUBLE) / 182)) AS pace_182,
  AVG(LN(CAST(p.gap AS DOUBLE))) AS gap_log_mean,
  CASE WHEN COUNT(p.gap) > 1 THEN STDDEV_POP(LN(CAST(p.gap AS DOUBLE))) END AS gap_log_sd,
  MAX(p.gap) AS longest_gap,
  CAST(SUM(p.net_amount) AS DOUBLE) / COUNT(*) AS mean_amount,
  SUM(p.net_amount) AS total_amount,
  SUM(CASE WHEN p.day_no > t.day_no - 91 THEN p.net_amount ELSE 0 END) AS amount_91,
  MIN(p.paid_on) AS first_on,
  MAX(p.paid_on) AS last_on,
  MAX(p.last_event_at) AS last_event_at
FROM spaced p
CROSS JOIN today t
GROUP BY p.customer_id
