-- One row per person who was ever a contact by the end of `as_of`: people, not friendships.
-- customer_id | text | who
-- added_at | timestamp | when the first friendship began
-- first_role | text | what the account of that first friendship does
-- first_state | text | channel parameter of the first friendship
-- friendships | count | friendships ever
-- standing | count | friendships that stand
-- staff_id | text | the account that would contact: of the newest standing friendship, a guide's first
-- role | text | what that account does
-- region | text | its sales region
-- ended_at | timestamp | when the last friendship ended; NULL while one stands
-- responded_at | timestamp | the customer's last own act: reply, like, comment, click, scan, coupon, registration
-- days_since_response | days | from that day to as_of
-- ordered_on | day | last purchase occasion
-- days_since_order | days | from that day to as_of
-- days_since_added | days | from the first friendship to as_of
-- consent | boolean | agreed to marketing; NULL where nobody was asked or no export says
-- opted_out | boolean | withdrew from marketing by as_of
-- is_staff | boolean | staff or test account
WITH own AS (
  SELECT
    f.customer_id,
    f.staff_id,
    f.role,
    f.region,
    f.state,
    f.added_at,
    f.added_no,
    f.ended_at,
    ROW_NUMBER() OVER (PARTITION BY f.customer_id ORDER BY f.added_at, f.contact_id) AS nth,
    ROW_NUMBER() OVER (
      PARTITION BY f.customer_id
      ORDER BY
        CASE WHEN f.ended_at IS NULL THEN 0 ELSE 1 END,
        CASE WHEN f.role = 'guide' THEN 0 ELSE 1 END,
        f.added_at DESC,
        f.contact_id
    ) AS nearest
  FROM friendships f
  WHERE f.customer_id IS NOT NULL
),
people AS (
  SELECT
    customer_id,
    MIN(added_at) AS added_at,
    MIN(added_no) AS added_no,
    MAX(CASE WHEN nth = 1 THEN role END) AS first_role,
    MAX(CASE WHEN nth = 1 THEN state END) AS first_state,
    COUNT(*) AS friendships,
    COUNT(CASE WHEN ended_at IS NULL THEN 1 END) AS standing,
    MAX(CASE WHEN nearest = 1 THEN staff_id END) AS staff_id,
    MAX(CASE WHEN nearest = 1 THEN role END) AS role,
    MAX(CASE WHEN nearest = 1 THEN region END) AS region,
    CASE WHEN COUNT(ended_at) = COUNT(*) THEN MAX(ended_at) END AS ended_at
  FROM own
  GROUP BY customer_id
),
responses AS (
  SELECT COALESCE(k.customer_id, a.customer_id, t.customer_id) AS customer_id, MAX(t.at) AS at
  FROM touches t
  LEFT JOIN customer_keys k ON k.ref = t.customer_ref
  LEFT JOIN identities a
    ON a.id_value = t.customer_id AND a.id_type = 'customer_id' AND a.namespace = 'global'
  WHERE t.at <= $as_of
    AND t.kind IN ('reply_in', 'like', 'comment', 'click', 'scan', 'coupon_use', 'register')
  GROUP BY COALESCE(k.customer_id, a.customer_id, t.customer_id)
),
bought AS (
  SELECT customer_id, MAX(day_no) AS day_no, MAX(paid_on) AS paid_on
  FROM purchases
  GROUP BY customer_id
),
today AS (
  SELECT day_no FROM calendar WHERE on_date = CAST($as_of AS DATE)
)
SELECT
  p.customer_id,
  p.added_at,
  p.first_role,
  p.first_state,
  p.friendships,
  p.standing,
  p.staff_id,
  p.role,
  p.region,
  p.ended_at,
  r.at AS responded_at,
  n.day_no - q.day_no AS days_since_response,
  b.paid_on AS ordered_on,
  n.day_no - b.day_no AS days_since_order,
  n.day_no - p.added_no AS days_since_added,
  c.consent_marketing AS consent,
  COALESCE(c.opted_out_at <= $as_of, FALSE) AS opted_out,
  COALESCE(c.is_staff OR c.is_test, FALSE) AS is_staff
FROM people p
CROSS JOIN today n
LEFT JOIN responses r ON r.customer_id = p.customer_id
LEFT JOIN calendar q ON q.on_date = CAST(r.at AS DATE)
LEFT JOIN bought b ON b.customer_id = p.customer_id
LEFT JOIN customers c ON c.customer_id = p.customer_id
