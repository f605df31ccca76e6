-- One row per campaign of coupons, segment of friends, arm of its lot, and whether they were sent one.
-- Where a lot was drawn (`assignments`), rows are of whom it was drawn for, by the arm that it gave them.
-- campaign_id | text | the campaign
-- title | text | its name
-- segment | text | purchase occasions in the year before: none, one, several
-- arm | text | the arm that the lot gave them, in the words of whoever drew it; NULL where there was no lot
-- sent | 0/1 | whether they were sent a coupon
-- people | people | friends when the campaign began, who had been sent a coupon in an earlier one; of a lot, all it was drawn for
-- redeemers | people | of them, those who used a coupon of it
-- buyers | people | of them, those who bought anywhere while it ran
-- whole | 0/1 | whether the campaign had ended by as_of
WITH issued AS (
  SELECT
    t.campaign_id,
    COALESCE(k.customer_id, a.customer_id, t.customer_id) AS customer_id,
    MAX(CASE WHEN t.kind = 'coupon_use' THEN 1 ELSE 0 END) AS redeemed,
    MAX(CASE WHEN t.kind IN ('sent', 'coupon_issue') THEN 1 ELSE 0 END) AS sent
  FROM touches t
  LEFT JOIN customer_keys k ON k.ref = t.customer_ref
  LEFT JOIN identities a
    ON a.id_value = t.customer_id AND a.id_type = 'customer_id' AND a.namespace = 'global'
  WHERE t.campaign_id IS NOT NULL
    AND t.kind IN ('sent', 'coupon_issue', 'coupon_use')
    AND t.channel <> 'mail'
    AND t.at <= $as_of
  GROUP BY t.campaign_id, COALESCE(k.customer_id, a.customer_id, t.customer_id)
),
held AS (
  SELECT
    g.campaign_id,
    MAX(g.name) AS title,
    MIN(a.day_no) AS first_no,
    MIN(b.day_no) AS last_no
  FROM campaigns g
  JOIN (SELECT campaign_id FROM issued WHERE sent = 1 GROUP BY campaign_id) i
    ON i.campaign_id = g.campaign_id
  JOIN calendar a ON a.on_date = CAST(g.starts_at AS DATE)
  JOIN calendar b ON b.on_date = CAST(g.ends_at AS DATE)
  GROUP BY g.campaign_id
),
spans AS (
  SELECT f.customer_id, f.added_no, COALESCE(f.ended_no, 999999) AS ended_no
  FROM friendships f
  WHERE f.customer_id IS NOT NULL
),
-- Accounts that are never sent anything (bought ones, staff) are nobody to compare with: only people
-- who had been sent a coupon before are, in both groups.
earlier AS (
  SELECT i.customer_id, MIN(h.first_no) AS since_no
  FROM issued i
  JOIN held h ON h.campaign_id = i.campaign_id
  WHERE i.sent = 1
  GROUP BY i.customer_id
),
-- Whoever a lot was drawn for twice is in the arm of the first one. People whom nobody knows by name
-- stay out: no order could name them in either arm.
lots AS (
  SELECT o.campaign_id, o.customer_id, MIN_BY(o.arm, o.assigned_at) AS arm
  FROM assignment_outcomes o
  WHERE o.customer_id IS NOT NULL
  GROUP BY o.campaign_id, o.customer_id
),
drawn AS (
  SELECT campaign_id FROM lots GROUP BY campaign_id
),
friends AS (
  SELECT h.campaign_id, s.customer_id, CAST(NULL AS TEXT) AS arm
  FROM held h
  JOIN spans s ON s.added_no < h.first_no AND s.ended_no > h.first_no
  JOIN earlier e ON e.customer_id = s.customer_id AND e.since_no < h.first_no
  LEFT JOIN drawn w ON w.campaign_id = h.campaign_id
  WHERE w.campaign_id IS NULL
  GROUP BY h.campaign_id, s.customer_id
  UNION ALL
  SELECT l.campaign_id, l.customer_id, l.arm
  FROM lots l
  JOIN drawn w ON w.campaign_id = l.campaign_id
  JOIN held h ON h.campaign_id = l.campaign_id
),
history AS (
  SELECT
    f.campaign_id,
    f.customer_id,
    MAX(f.arm) AS arm,
    COUNT(CASE WHEN p.day_no < h.first_no AND p.day_no >= h.first_no - 365 THEN 1 END) AS occasions,
    MAX(CASE WHEN p.day_no >= h.first_no AND p.day_no <= h.last_no THEN 1 ELSE 0 END) AS bought
  FROM friends f
  JOIN held h ON h.campaign_id = f.campaign_id
  LEFT JOIN purchases p ON p.customer_id = f.customer_id
  GROUP BY f.campaign_id, f.customer_id
)
SELECT
  y.campaign_id,
  h.title,
  CASE WHEN y.occasions = 0 THEN 'none' WHEN y.occasions = 1 THEN 'one' ELSE 'several' END
    AS segment,
  y.arm,
  COALESCE(i.sent, 0) AS sent,
  COUNT(*) AS people,
  CAST(SUM(COALESCE(i.redeemed, 0)) AS BIGINT) AS redeemers,
  CAST(SUM(y.bought) AS BIGINT) AS buyers,
  MAX(CASE WHEN z.day_no > h.last_no THEN 1 ELSE 0 END) AS whole
FROM history y
JOIN held h ON h.campaign_id = y.campaign_id
JOIN calendar z ON z.on_date = CAST($as_of AS DATE)
LEFT JOIN issued i ON i.campaign_id = y.campaign_id AND i.customer_id = y.customer_id
GROUP BY
  y.campaign_id,
  h.title,
  CASE WHEN y.occasions = 0 THEN 'none' WHEN y.occasions = 1 THEN 'one' ELSE 'several' END,
  y.arm,
  COALESCE(i.sent, 0)
