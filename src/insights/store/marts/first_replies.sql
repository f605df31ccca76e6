-- One row per person who became a contact by the end of `as_of`: how soon were they answered?
-- customer_id | text | who
-- staff_id | text | the account that was added first
-- role | text | what it does
-- region | text | its sales region
-- state | text | channel parameter of the code or link that was used
-- added_at | timestamp | when the first friendship began
-- days_seen | days | from that day to as_of
-- replied_at | timestamp | first message of that account to them; NULL where none is known
-- bought_before | boolean | had bought before adding
-- days_to_order | days | to the first purchase occasion after adding; NULL where none
WITH own AS (
  SELECT
    customer_id,
    staff_id,
    role,
    region,
    state,
    added_at,
    added_no,
    ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY added_at, contact_id) AS nth
  FROM friendships
  WHERE customer_id IS NOT NULL
),
joined AS (
  SELECT customer_id, staff_id, role, region, state, added_at, added_no
  FROM own
  WHERE nth = 1
),
written AS (
  SELECT
    COALESCE(k.customer_id, a.customer_id, t.customer_id) AS customer_id,
    t.staff_id,
    t.at
  FROM touches t
  LEFT JOIN customer_keys k ON k.ref = t.customer_ref
  LEFT JOIN identities a
    ON a.id_value = t.customer_id AND a.id_type = 'customer_id' AND a.namespace = 'global'
  WHERE t.kind = 'reply_out' AND t.at <= $as_of
),
answered AS (
  SELECT j.customer_id, MIN(w.at) AS replied_at
  FROM joined j
  JOIN written w ON w.customer_id = j.customer_id AND w.staff_id = j.staff_id
  WHERE w.at >= j.added_at
  GROUP BY j.customer_id
),
ordered AS (
  SELECT
    j.customer_id,
    MAX(CASE WHEN p.paid_at < j.added_at THEN 1 ELSE 0 END) AS before,
    MIN(CASE WHEN p.paid_at >= j.added_at THEN p.day_no END) AS next_no
  FROM joined j
  JOIN purchases p ON p.customer_id = j.customer_id
  GROUP BY j.customer_id
),
today AS (
  SELECT day_no FROM calendar WHERE on_date = CAST($as_of AS DATE)
)
SELECT
  j.customer_id,
  j.staff_id,
  j.role,
  j.region,
  j.state,
  j.added_at,
  n.day_no - j.added_no AS days_seen,
  r.replied_at,
  COALESCE(o.before = 1, FALSE) AS bought_before,
  o.next_no - j.added_no AS days_to_order
FROM joined j
CROSS JOIN today n
LEFT JOIN answered r ON r.customer_id = j.customer_id
LEFT JOIN ordered o ON o.customer_id = j.customer_id
