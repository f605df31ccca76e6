-- One row per staff account and week (Monday to Sunday) in which it had friends by the end of `as_of`.
-- staff_id | text | the account
-- role | text | what the account does: guide, ip, service and so on; NULL where not known
-- region | text | its sales region, where known
-- week_on | day | Monday of the week
-- week_no | weeks | the week as a number, so that two of them subtract
-- friends | friendships | friendships at the start of the week
-- sent | messages | mass messages that reached friends in the week
-- posts | posts | Moments that went out in the week
-- liked | likes | likes that friends gave to Moments in the week, once a friendship and post
-- deleted | friendships | of the friendships at the start, those that the customer ended in the week
-- orders | count | purchase occasions of friends in the week, at any shop
-- net_amount | money | net sales of them; a friend of two accounts is with both
-- whole | 0/1 | whether the week had ended by as_of
WITH weeks AS (
  SELECT
    CAST(FLOOR((day_no + 3) / 7.0) AS BIGINT) AS week_no,
    MIN(on_date) AS week_on,
    MAX(on_date) AS ends_on
  FROM calendar
  GROUP BY CAST(FLOOR((day_no + 3) / 7.0) AS BIGINT)
),
days AS (
  SELECT on_date, CAST(FLOOR((day_no + 3) / 7.0) AS BIGINT) AS week_no FROM calendar
),
changes AS (
  SELECT
    f.staff_id,
    d.week_no,
    1 AS step,
    0 AS lost
  FROM friendships f
  JOIN days d ON d.on_date = CAST(f.added_at AS DATE)
  UNION ALL
  SELECT
    f.staff_id,
    d.week_no,
    -1 AS step,
    -- Who came and left within one week was no friend at its start.
    CASE WHEN f.left_by_customer AND b.week_no < d.week_no THEN 1 ELSE 0 END AS lost
  FROM friendships f
  JOIN days d ON d.on_date = CAST(f.ended_at AS DATE)
  JOIN days b ON b.on_date = CAST(f.added_at AS DATE)
),
steps AS (
  SELECT staff_id, week_no, SUM(step) AS step, SUM(lost) AS lost
  FROM changes
  GROUP BY staff_id, week_no
),
spans AS (
  SELECT s.staff_id, MIN(s.week_no) AS first_week FROM steps s GROUP BY s.staff_id
),
grid AS (
  SELECT s.staff_id, w.week_no, w.week_on, w.ends_on
  FROM spans s
  JOIN weeks w ON w.week_no >= s.first_week
  JOIN days z ON z.on_date = CAST($as_of AS DATE) AND w.week_no <= z.week_no
),
standing AS (
  SELECT
    g.staff_id,
    g.week_no,
    g.week_on,
    g.ends_on,
    COALESCE(s.lost, 0) AS lost,
    SUM(COALESCE(s.step, 0)) OVER (PARTITION BY g.staff_id ORDER BY g.week_no)
      - COALESCE(s.step, 0) AS friends
  FROM grid g
  LEFT JOIN steps s ON s.staff_id = g.staff_id AND s.week_no = g.week_no
),
events AS (
  SELECT
    t.staff_id,
    d.week_no,
    COUNT(CASE WHEN t.channel = 'mass_msg' AND t.kind = 'sent' THEN 1 END) AS sent,
    COUNT(CASE WHEN t.channel = 'moments' AND t.kind = 'like' THEN 1 END) AS liked
  FROM touches t
  JOIN days d ON d.on_date = CAST(t.at AS DATE)
  WHERE t.staff_id IS NOT NULL
    AND t.at <= $as_of
    AND (
      -- Coupons that a warehouse tells of are no messages of WeCom's: they name no content.
      (t.channel = 'mass_msg' AND t.kind = 'sent' AND t.content_id IS NOT NULL)
      OR (t.channel = 'moments' AND t.kind = 'like')
    )
  GROUP BY t.staff_id, d.week_no
),
bought AS (
  SELECT f.staff_id, d.week_no, COUNT(*) AS orders, SUM(p.net_amount) AS net_amount
  FROM purchases p
  JOIN days d ON d.on_date = p.paid_on
  JOIN friendships f
    ON f.customer_id = p.customer_id
    AND f.added_at <= p.paid_at
    AND (f.ended_at IS NULL OR f.ended_at > p.paid_at)
  GROUP BY f.staff_id, d.week_no
),
published AS (
  SELECT d.week_no, COUNT(*) AS posts
  FROM contents c
  JOIN days d ON d.on_date = CAST(c.published_at AS DATE)
  WHERE c.kind = 'moment' AND c.published_at <= $as_of
  GROUP BY d.week_no
)
SELECT
  g.staff_id,
  f.role,
  f.region,
  g.week_on,
  g.week_no,
  CAST(g.friends AS BIGINT) AS friends,
  COALESCE(e.sent, 0) AS sent,
  COALESCE(p.posts, 0) AS posts,
  COALESCE(e.liked, 0) AS liked,
  CAST(g.lost AS BIGINT) AS deleted,
  COALESCE(b.orders, 0) AS orders,
  COALESCE(b.net_amount, 0) AS net_amount,
  CASE WHEN g.ends_on <= CAST($as_of AS DATE) THEN 1 ELSE 0 END AS whole
FROM standing g
LEFT JOIN events e ON e.staff_id = g.staff_id AND e.week_no = g.week_no
LEFT JOIN bought b ON b.staff_id = g.staff_id AND b.week_no = g.week_no
LEFT JOIN published p ON p.week_no = g.week_no
LEFT JOIN staff f ON f.staff_id = g.staff_id
WHERE g.friends > 0
