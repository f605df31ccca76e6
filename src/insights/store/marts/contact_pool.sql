-- One row per window: the people who were contacts so many days before, and what they bought since.
-- window_days | days | length of the window that ends with as_of: 28, 91, 182
-- people | people | contacts when the window began, each person once
-- buyers | people | of them, those with a purchase occasion in the window, in any channel
-- net_amount | money | what they spent, net of refunds
-- net_square | number | sum of squares of it, a person at a time
WITH friendships AS (
  SELECT
    COALESCE(k.customer_id, a.customer_id, c.customer_id, c.customer_ref) AS person,
    s.day_no AS added_day,
    e.day_no AS deleted_day
  FROM contacts c
  JOIN calendar s ON s.on_date = CAST(c.added_at AS DATE)
  LEFT JOIN calendar e ON e.on_date = CAST(c.deleted_at AS DATE) AND c.deleted_at <= $as_of
  LEFT JOIN customer_keys k ON k.ref = c.customer_ref
  LEFT JOIN identities a
    ON a.id_value = c.customer_id AND a.id_type = 'customer_id' AND a.namespace = 'global'
  WHERE c.added_at <= $as_of
),
windows AS (
  SELECT w.window_days, c.day_no - w.window_days AS first_day
  FROM calendar c
  CROSS JOIN (
    SELECT 28 AS window_days
    UNION ALL
    SELECT 91
    UNION ALL
    SELECT 182
  ) w
  WHERE c.on_date = CAST($as_of AS DATE)
),
pool AS (
  SELECT w.window_days, f.person
  FROM friendships f
  CROSS JOIN windows w
  WHERE f.added_day <= w.first_day AND (f.deleted_day IS NULL OR f.deleted_day > w.first_day)
  GROUP BY w.window_days, f.person
),
spent AS (
  SELECT w.window_days, p.customer_id, SUM(p.net_amount) AS net_amount
  FROM purchases p
  CROSS JOIN windows w
  WHERE p.day_no > w.first_day
  GROUP BY w.window_days, p.customer_id
)
SELECT
  CAST(w.window_days AS BIGINT) AS window_days,
  COUNT(p.person) AS people,
  COUNT(s.customer_id) AS buyers,
  COALESCE(SUM(s.net_amount), 0) AS net_amount,
  COALESCE(SUM(CAST(s.net_amount AS DOUBLE) * CAST(s.net_amount AS DOUBLE)), 0.0) AS net_square
FROM windows w
LEFT JOIN pool p ON p.window_days = w.window_days
LEFT JOIN spent s ON s.customer_id = p.person AND s.window_days = p.window_days
GROUP BY w.window_days
