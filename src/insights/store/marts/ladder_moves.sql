-- One row per step at the end of the month before `as_of` and step at `as_of`.
-- Steps, the highest that fits: ambassador, regular, customer, lapsed, fan, prospect; new: not known.
-- Ambassador: a regular who is a contact and responded within 91 days. Regular: two purchase
-- occasions or more within 365 days. Customer: one. Lapsed: bought, but not within 365 days. Fan: a
-- contact who never bought. Prospect: known (a member, or a contact once), never bought.
-- from_step | text | step at the end of the month before
-- to_step | text | step at as_of
-- people | people | people who went from one to the other
WITH moments AS (
  SELECT 'before' AS side, day_no - 1 AS day_no
  FROM calendar
  WHERE on_date = CAST(DATE_TRUNC('month', $as_of) AS DATE)
  UNION ALL
  SELECT 'after', day_no
  FROM calendar
  WHERE on_date = CAST($as_of AS DATE)
),
friendships AS (
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
members AS (
  SELECT
    COALESCE(k.customer_id, a.customer_id, m.customer_id, m.customer_ref) AS person,
    MIN(d.day_no) AS day_no
  FROM memberships m
  JOIN calendar d ON d.on_date = CAST(m.started_at AS DATE)
  LEFT JOIN customer_keys k ON k.ref = m.customer_ref
  LEFT JOIN identities a
    ON a.id_value = m.customer_id AND a.id_type = 'customer_id' AND a.namespace = 'global'
  WHERE m.started_at <= $as_of
  GROUP BY COALESCE(k.customer_id, a.customer_id, m.customer_id, m.customer_ref)
),
responses AS (
  SELECT COALESCE(k.customer_id, a.customer_id, t.customer_id, t.customer_ref) AS person, d.day_no
  FROM touches t
  JOIN calendar d ON d.on_date = CAST(t.at AS DATE)
  LEFT JOIN customer_keys k ON k.ref = t.customer_ref
  LEFT JOIN identities a
    ON a.id_value = t.customer_id AND a.id_type = 'customer_id' AND a.namespace = 'global'
  WHERE t.at <= $as_of AND t.kind IN ('like', 'comment', 'reply_in', 'click', 'read', 'coupon_use')
  GROUP BY COALESCE(k.customer_id, a.customer_id, t.customer_id, t.customer_ref), d.day_no
),
known AS (
  SELECT person, MIN(day_no) AS day_no
  FROM (
    SELECT person, added_day AS day_no FROM friendships
    UNION ALL
    SELECT person, day_no FROM members
    UNION ALL
    SELECT customer_id, day_no FROM purchases
  ) seen
  WHERE person IS NOT NULL
  GROUP BY person
),
bought AS (
  SELECT
    p.customer_id AS person,
    m.side,
    COUNT(*) AS ever,
    COUNT(CASE WHEN p.day_no > m.day_no - 365 THEN 1 END) AS lately
  FROM purchases p
  CROSS JOIN moments m
  WHERE p.day_no <= m.day_no
  GROUP BY p.customer_id, m.side
),
befriended AS (
  SELECT f.person, m.side
  FROM friendships f
  CROSS JOIN moments m
  WHERE f.added_day <= m.day_no AND (f.deleted_day IS NULL OR f.deleted_day > m.day_no)
  GROUP BY f.person, m.side
),
responded AS (
  SELECT r.person, m.side
  FROM responses r
  CROSS JOIN moments m
  WHERE r.day_no <= m.day_no AND r.day_no > m.day_no - 91
  GROUP BY r.person, m.side
),
steps AS (
  SELECT
    k.person,
    m.side,
    CASE
      WHEN k.day_no > m.day_no THEN 'new'
      WHEN b.lately >= 2 AND f.person IS NOT NULL AND r.person IS NOT NULL THEN 'ambassador'
      WHEN b.lately >= 2 THEN 'regular'
      WHEN b.lately = 1 THEN 'customer'
      WHEN b.ever >= 1 THEN 'lapsed'
      WHEN f.person IS NOT NULL THEN 'fan'
      ELSE 'prospect'
    END AS step
  FROM known k
  CROSS JOIN moments m
  LEFT JOIN bought b ON b.person = k.person AND b.side = m.side
  LEFT JOIN befriended f ON f.person = k.person AND f.side = m.side
  LEFT JOIN responded r ON r.person = k.person AND r.side = m.side
)
SELECT a.step AS from_step, b.step AS to_step, COUNT(*) AS people
FROM steps a
JOIN steps b ON b.person = a.person
WHERE a.side = 'before' AND b.side = 'after'
GROUP BY a.step, b.step
