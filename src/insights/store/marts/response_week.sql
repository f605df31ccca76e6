-- One row per week and region of guides, up to the end of `as_of`; head-office accounts are left out.
-- week_on | day | Monday of the week
-- region | text | sales region of the guides; 'all' where the staff table has none
-- friends | number | friendships of its guides that stood, mean of the week's start and end
-- posts | count | Moments that were published in the week
-- responses | count | likes and comments of friends on Moments
-- occasions | count | purchase occasions of people while they were friends
-- ended | count | friendships that ended in the week
WITH mine AS (
  SELECT contact_id, customer_id, staff_id, COALESCE(region, 'all') AS region, added_at, ended_at
  FROM friendships
  WHERE role IS NULL OR role = 'guide'
),
changes AS (
  SELECT region, CAST(DATE_TRUNC('week', added_at) AS DATE) AS week_on, COUNT(*) AS won, 0 AS lost
  FROM mine
  GROUP BY region, CAST(DATE_TRUNC('week', added_at) AS DATE)
  UNION ALL
  SELECT region, CAST(DATE_TRUNC('week', ended_at) AS DATE), 0, COUNT(*)
  FROM mine
  WHERE ended_at IS NOT NULL
  GROUP BY region, CAST(DATE_TRUNC('week', ended_at) AS DATE)
),
weeks AS (
  SELECT CAST(DATE_TRUNC('week', c.on_date) AS DATE) AS week_on
  FROM calendar c
  CROSS JOIN (SELECT MIN(week_on) AS first_on FROM changes) f
  WHERE c.on_date >= f.first_on AND c.on_date <= CAST($as_of AS DATE)
  GROUP BY CAST(DATE_TRUNC('week', c.on_date) AS DATE)
),
cells AS (
  SELECT w.week_on, r.region
  FROM weeks w
  CROSS JOIN (SELECT region FROM mine GROUP BY region) r
),
counted AS (
  SELECT
    c.week_on,
    c.region,
    CAST(SUM(COALESCE(x.won, 0)) AS BIGINT) AS won,
    CAST(SUM(COALESCE(x.lost, 0)) AS BIGINT) AS lost
  FROM cells c
  LEFT JOIN changes x ON x.week_on = c.week_on AND x.region = c.region
  GROUP BY c.week_on, c.region
),
stood AS (
  SELECT
    week_on,
    region,
    won,
    lost,
    SUM(won - lost) OVER (PARTITION BY region ORDER BY week_on) AS at_end
  FROM counted
),
posts AS (
  SELECT CAST(DATE_TRUNC('week', published_at) AS DATE) AS week_on, COUNT(*) AS posts
  FROM contents
  WHERE kind = 'moment' AND published_at <= $as_of
  GROUP BY CAST(DATE_TRUNC('week', published_at) AS DATE)
),
liked AS (
  SELECT
    CAST(DATE_TRUNC('week', t.at) AS DATE) AS week_on,
    COALESCE(s.region, 'all') AS region,
    COUNT(*) AS responses
  FROM touches t
  JOIN staff s ON s.staff_id = t.staff_id
  WHERE t.channel = 'moments' AND t.kind IN ('like', 'comment') AND t.at <= $as_of
    AND (s.role IS NULL OR s.role = 'guide')
  GROUP BY CAST(DATE_TRUNC('week', t.at) AS DATE), COALESCE(s.region, 'all')
),
bought AS (
  SELECT week_on, region, COUNT(*) AS occasions
  FROM (
    SELECT CAST(DATE_TRUNC('week', p.paid_at) AS DATE) AS week_on, m.region, p.customer_id, p.paid_on
    FROM purchases p
    JOIN mine m ON m.customer_id = p.customer_id
    WHERE m.added_at <= p.paid_at AND (m.ended_at IS NULL OR m.ended_at > p.paid_at)
    GROUP BY CAST(DATE_TRUNC('week', p.paid_at) AS DATE), m.region, p.customer_id, p.paid_on
  ) AS once
  GROUP BY week_on, region
)
SELECT
  s.week_on,
  s.region,
  CAST(s.at_end AS DOUBLE) - CAST(s.won - s.lost AS DOUBLE) / 2 AS friends,
  CAST(COALESCE(p.posts, 0) AS BIGINT) AS posts,
  CAST(COALESCE(l.responses, 0) AS BIGINT) AS responses,
  CAST(COALESCE(b.occasions, 0) AS BIGINT) AS occasions,
  s.lost AS ended
FROM stood s
LEFT JOIN posts p ON p.week_on = s.week_on
LEFT JOIN liked l ON l.week_on = s.week_on AND l.region = s.region
LEFT JOIN bought b ON b.week_on = s.week_on AND b.region = s.region
