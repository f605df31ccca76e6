-- One row per account and complete week up to the end of `as_of` in which it had friends.
-- staff_id | text | the account
-- role | text | what it does
-- week_on | day | Monday of the week
-- messages | count | mass messages that the account sent in the week
-- friends | count | friendships that stood when the week began
-- ended | count | of them, ended in the week by the customer
WITH sent AS (
  SELECT
    staff_id,
    CAST(DATE_TRUNC('week', t.at) AS DATE) AS week_on,
    COUNT(DISTINCT COALESCE(content_id, CAST(t.at AS TEXT))) AS messages
  FROM touches t
  WHERE kind = 'sent' AND channel = 'mass_msg' AND campaign_id IS NULL AND t.at <= $as_of
  GROUP BY staff_id, CAST(DATE_TRUNC('week', t.at) AS DATE)
),
spells AS (
  SELECT
    staff_id,
    role,
    CAST(DATE_TRUNC('week', added_at) AS DATE) AS added_on,
    CAST(DATE_TRUNC('week', ended_at) AS DATE) AS ended_on,
    left_by_customer
  FROM friendships
),
changes AS (
  -- A friendship is at risk from the first whole week after it began.
  SELECT staff_id, added_on AS week_on, COUNT(*) AS won, 0 AS lost, 0 AS left_own
  FROM spells
  GROUP BY staff_id, added_on
  UNION ALL
  SELECT
    staff_id,
    ended_on,
    0,
    COUNT(*),
    COUNT(CASE WHEN left_by_customer AND ended_on > added_on THEN 1 END)
  FROM spells
  WHERE ended_on IS NOT NULL
  GROUP BY staff_id, ended_on
),
weeks AS (
  SELECT CAST(DATE_TRUNC('week', c.on_date) AS DATE) AS week_on
  FROM calendar c
  CROSS JOIN (SELECT MIN(week_on) AS first_on FROM changes) f
  WHERE c.on_date >= f.first_on AND c.on_date <= CAST($as_of AS DATE)
  GROUP BY CAST(DATE_TRUNC('week', c.on_date) AS DATE)
  HAVING COUNT(*) = 7
),
counted AS (
  SELECT
    w.week_on,
    a.staff_id,
    a.role,
    CAST(SUM(COALESCE(x.won, 0)) AS BIGINT) AS won,
    CAST(SUM(COALESCE(x.lost, 0)) AS BIGINT) AS lost,
    CAST(SUM(COALESCE(x.left_own, 0)) AS BIGINT) AS left_own
  FROM weeks w
  CROSS JOIN (SELECT staff_id, MAX(role) AS role FROM spells GROUP BY staff_id) a
  LEFT JOIN changes x ON x.staff_id = a.staff_id AND x.week_on = w.week_on
  GROUP BY w.week_on, a.staff_id, a.role
),
stood AS (
  SELECT
    week_on,
    staff_id,
    role,
    won,
    lost,
    left_own,
    SUM(won - lost) OVER (PARTITION BY staff_id ORDER BY week_on) AS at_end
  FROM counted
)
SELECT
  s.staff_id,
  s.role,
  s.week_on,
  CAST(COALESCE(m.messages, 0) AS BIGINT) AS messages,
  CAST(s.at_end - s.won + s.lost AS BIGINT) AS friends,
  s.left_own AS ended
FROM stood s
LEFT JOIN sent m ON m.staff_id = s.staff_id AND m.week_on = s.week_on
WHERE s.at_end - s.won + s.lost > 0
