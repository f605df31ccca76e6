-- One row per known customer who bought in the year before the newest round of samples, was a member by then, or got one.
-- Samples are costs of the kind sample with whom they were for; the round is the last month in
-- which any was given that ended 13 weeks before `as_of` or earlier.
-- customer_id | text | who
-- tester | 0/1 | got a sample in the round
-- member | 0/1 | was registered in a membership programme when the round began
-- occasions | count | purchase occasions in the year before the round
-- silent_days | days | from the last purchase before the round to the day it began; NULL where none
-- spent | money | net sales in the year before the round
-- bought_91 | 0/1 | bought in the 91 days from the end of the round's month
-- net_91 | money | net sales of those 91 days
WITH given AS (
  SELECT
    COALESCE(k.customer_id, a.customer_id, c.customer_id) AS customer_id,
    d.day_no,
    CAST(DATE_TRUNC('month', d.on_date) AS DATE) AS month_on
  FROM costs c
  JOIN calendar d ON d.on_date = c.on_date
  LEFT JOIN customer_keys k ON k.ref = c.customer_ref
  LEFT JOIN identities a
    ON a.id_value = c.customer_id AND a.id_type = 'customer_id' AND a.namespace = 'global'
  WHERE c.kind = 'sample' AND c.on_date <= CAST($as_of AS DATE)
),
months AS (
  SELECT CAST(DATE_TRUNC('month', on_date) AS DATE) AS month_on,
    MIN(day_no) AS first_no, MAX(day_no) AS last_no
  FROM calendar
  GROUP BY CAST(DATE_TRUNC('month', on_date) AS DATE)
),
latest AS (
  SELECT MAX(g.month_on) AS month_on
  FROM given g
  JOIN months m ON m.month_on = g.month_on
  JOIN calendar z ON z.on_date = CAST($as_of AS DATE)
  WHERE m.last_no + 91 <= z.day_no AND g.customer_id IS NOT NULL
),
round_days AS (
  SELECT m.month_on, m.first_no, m.last_no FROM months m JOIN latest l ON l.month_on = m.month_on
),
testers AS (
  SELECT g.customer_id
  FROM given g
  JOIN latest l ON l.month_on = g.month_on
  WHERE g.customer_id IS NOT NULL
  GROUP BY g.customer_id
),
registered AS (
  SELECT g.customer_id, d.day_no
  FROM members g
  JOIN calendar d ON d.on_date = CAST(g.registered_at AS DATE)
),
bought AS (
  SELECT
    p.customer_id,
    COUNT(CASE WHEN p.day_no < r.first_no THEN 1 END) AS occasions,
    MAX(CASE WHEN p.day_no < r.first_no THEN p.day_no END) AS last_no,
    SUM(CASE WHEN p.day_no < r.first_no THEN p.net_amount ELSE 0 END) AS spent,
    MAX(CASE WHEN p.day_no > r.last_no THEN 1 ELSE 0 END) AS bought_91,
    SUM(CASE WHEN p.day_no > r.last_no THEN p.net_amount ELSE 0 END) AS net_91
  FROM purchases p
  CROSS JOIN round_days r
  WHERE p.day_no >= r.first_no - 365
    AND p.day_no <= r.last_no + 91
    AND (p.day_no < r.first_no OR p.day_no > r.last_no)
  GROUP BY p.customer_id
),
everybody AS (
  SELECT customer_id FROM testers
  UNION
  SELECT customer_id FROM bought WHERE occasions > 0
  -- Testers whose purchases nobody could name have their like among members only.
  UNION
  SELECT g.customer_id FROM registered g JOIN round_days r ON g.day_no < r.first_no
)
SELECT
  e.customer_id,
  CASE WHEN t.customer_id IS NOT NULL THEN 1 ELSE 0 END AS tester,
  CASE WHEN m.day_no < r.first_no THEN 1 ELSE 0 END AS member,
  COALESCE(b.occasions, 0) AS occasions,
  r.first_no - b.last_no AS silent_days,
  COALESCE(b.spent, 0) AS spent,
  COALESCE(b.bought_91, 0) AS bought_91,
  COALESCE(b.net_91, 0) AS net_91
FROM everybody e
CROSS JOIN round_days r
LEFT JOIN testers t ON t.customer_id = e.customer_id
LEFT JOIN registered m ON m.customer_id = e.customer_id
LEFT JOIN bought b ON b.customer_id = e.customer_id
