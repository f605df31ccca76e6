-- One row per step at the end of the month before `as_of` and step at `as_of`.
-- Steps, the highest that fits: ambassador, regular, customer, lapsed, fan, prospect; new: not known.
-- Ambassador: a regular who is a contact and responded within 91 days. Regular: two purchase
-- occasions or more within 365 days. Customer: one. Lapsed: bought, but not within 365 days. Fan: a
-- contact who never bought. Prospect: known (a member, or a contact once), never bought.
-- from_step | text | step at the end of the month before
-- to_step | text | step at as_of
-- people | people | people who went from one to the other
WITH moments AS (
  SELECT
    MIN(CASE WHEN on_date = CAST(DATE_TRUNC('month', $as_of) AS DATE) THEN day_no - 1 END)
      AS before_no,
    MIN(CASE WHEN on_date = CAST($as_of AS DATE) THEN day_no END) AS after_no
  FROM calendar
),
friendships AS (
  SELECT
    COALESCE(k.customer_id, a.customer_id, c.customer_id, c.customer_ref) AS person,
    s.day_no AS added_no,
    e.day_no AS deleted_no
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
    d.day_no
  FROM memberships m
  JOIN calendar d ON d.on_date = CAST(m.started_at AS DATE)
  LEFT JOIN customer_keys k ON k.ref = m.customer_ref
  LEFT JOIN identities a
    ON a.id_value = m.customer_id AND a.id_type = 'customer_id' AND a.namespace = 'global'
  WHERE m.started_at <= $as_of
),
-- Who said anything in the 91 days before one of the two moments; older answers change no step.
responses AS (
  SELECT
    COALESCE(k.customer_id, a.customer_id, t.customer_id, t.customer_ref) AS person,
    d.day_no
  FROM touches t
  JOIN calendar d ON d.on_date = CAST(t.at AS DATE)
  JOIN moments m ON d.day_no > m.before_no - 91
  LEFT JOIN customer_keys k ON k.ref = t.customer_ref
  LEFT JOIN identities a
    ON a.id_value = t.customer_id AND a.id_type = 'customer_id' AND a.namespace = 'global'
  WHERE t.at <= $as_of AND t.kind IN ('like', 'comment', 'reply_in', 'click', 'read', 'coupon_use')
),
-- Orders instead of purchases: whether two days are there is told by the first and the last of
-- them, without bringing each day's orders together first.
signs AS (
  SELECT
    n.customer_id AS person,
    c.day_no AS known_no,
    c.day_no AS bought_no,
    NULL AS added_no,
    NULL AS deleted_no,
    NULL AS responded_no
  FROM order_net n
  JOIN calendar c ON c.on_date = n.paid_on
  WHERE n.left_out IS NULL
  UNION ALL
  SELECT person, added_no, NULL, added_no, deleted_no, NULL FROM friendships
  UNION ALL
  SELECT person, day_no, NULL, NULL, NULL, NULL FROM members
  UNION ALL
  SELECT person, NULL, NULL, NULL, NULL, day_no FROM responses
),
-- A window's first and last day differ where it has two. One row per person, of days alone: this is
-- what has to fit into memory.
people AS (
  SELECT
    s.person,
    MIN(s.known_no) AS known_no,
    MIN(s.bought_no) AS bought_no,
    MIN(CASE WHEN s.bought_no > m.before_no - 365 AND s.bought_no <= m.before_no THEN s.bought_no END)
      AS first_before_no,
    MAX(CASE WHEN s.bought_no <= m.before_no THEN s.bought_no END) AS last_before_no,
    MIN(CASE WHEN s.bought_no > m.after_no - 365 THEN s.bought_no END) AS first_after_no,
    MAX(s.bought_no) AS last_after_no,
    MAX(CASE WHEN s.added_no <= m.before_no THEN COALESCE(s.deleted_no, m.after_no + 1) END)
      AS friend_before_until_no,
    MAX(CASE WHEN s.added_no IS NOT NULL THEN COALESCE(s.deleted_no, m.after_no + 1) END)
      AS friend_after_until_no,
    MAX(CASE WHEN s.responded_no <= m.before_no THEN s.responded_no END) AS responded_before_no,
    MAX(s.responded_no) AS responded_after_no
  FROM signs s
  CROSS JOIN moments m
  WHERE s.person IS NOT NULL
  GROUP BY s.person
),
steps AS (
  SELECT
    CASE
      WHEN p.known_no > m.before_no THEN 'new'
      WHEN p.first_before_no < p.last_before_no
        AND p.friend_before_until_no > m.before_no
        AND p.responded_before_no > m.before_no - 91 THEN 'ambassador'
      WHEN p.first_before_no < p.last_before_no THEN 'regular'
      WHEN p.first_before_no IS NOT NULL THEN 'customer'
      WHEN p.bought_no <= m.before_no THEN 'lapsed'
      WHEN p.friend_before_until_no > m.before_no THEN 'fan'
      ELSE 'prospect'
    END AS from_step,
    CASE
      WHEN p.known_no > m.after_no THEN 'new'
      WHEN p.first_after_no < p.last_after_no
        AND p.friend_after_until_no > m.after_no
        AND p.responded_after_no > m.after_no - 91 THEN 'ambassador'
      WHEN p.first_after_no < p.last_after_no THEN 'regular'
      WHEN p.first_after_no IS NOT NULL THEN 'customer'
      WHEN p.bought_no <= m.after_no THEN 'lapsed'
      WHEN p.friend_after_until_no > m.after_no THEN 'fan'
      ELSE 'prospect'
    END AS to_step
  FROM people p
  CROSS JOIN moments m
  WHERE p.known_no IS NOT NULL
)
SELECT from_step, to_step, COUNT(*) AS people
FROM steps
GROUP BY from_step, to_step
