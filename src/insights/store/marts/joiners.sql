-- One row per person with a friendship that began by the end of `as_of`: people, not friendships.
-- person | text | the customer; where nobody is known, the key that the source gave
-- joined_at | timestamp | when the first friendship began
-- staff_id | text | account that holds it
-- role | text | what that account does: guide, ip, service and so on
-- region | text | region of that account
-- card | text | channel parameter (state) of the code or link: parcel card, livestream and so on
-- friendships | count | friendships of the person
-- left_at | timestamp | when the last of them ended; NULL while one lasts
-- spoke | count | 1 if the person is known to have written, 0 if known not to have, else NULL
-- has_unionid | count | 1 if a unionid is known of the person
-- burst | count | friendships that the account began in the same hour as this one
-- replied_at | timestamp | first message of the person after joining
-- responded_at | timestamp | first sign of any kind after joining: message, like, click, coupon used
-- bought_before | count | purchase occasions before joining
-- next_at | timestamp | first purchase occasion after joining
-- purchases_after | count | purchase occasions after joining
WITH friendships AS (
  SELECT
    COALESCE(k.customer_id, a.customer_id, c.customer_id, c.customer_ref) AS person,
    c.contact_id,
    c.staff_id,
    c.state,
    c.added_at,
    CASE WHEN c.deleted_at <= $as_of THEN c.deleted_at END AS deleted_at,
    c.customer_spoke,
    COUNT(*) OVER (PARTITION BY c.staff_id, DATE_TRUNC('hour', c.added_at)) AS burst
  FROM contacts c
  LEFT JOIN customer_keys k ON k.ref = c.customer_ref
  LEFT JOIN identities a
    ON a.id_value = c.customer_id AND a.id_type = 'customer_id' AND a.namespace = 'global'
  WHERE c.added_at <= $as_of
),
people AS (
  SELECT
    person,
    MIN(added_at) AS joined_at,
    MIN(STRUCT_PACK(at := added_at, no := contact_id)) AS earliest,
    COUNT(*) AS friendships,
    CASE WHEN COUNT(*) = COUNT(deleted_at) THEN MAX(deleted_at) END AS left_at,
    MAX(CASE WHEN customer_spoke THEN 1 WHEN NOT customer_spoke THEN 0 END) AS spoke
  FROM friendships
  GROUP BY person
),
union_ids AS (
  SELECT customer_id FROM identities WHERE id_type = 'unionid' GROUP BY customer_id
),
signs AS (
  SELECT COALESCE(k.customer_id, t.customer_id, t.customer_ref) AS person, t.at, t.kind
  FROM touches t
  LEFT JOIN customer_keys k ON k.ref = t.customer_ref
  WHERE t.at <= $as_of
    AND t.kind IN ('reply_in', 'like', 'comment', 'click', 'read', 'coupon_use', 'scan')
),
answered AS (
  SELECT
    p.person,
    MIN(CASE WHEN s.kind = 'reply_in' THEN s.at END) AS replied_at,
    MIN(s.at) AS responded_at
  FROM people p
  JOIN signs s ON s.person = p.person AND s.at >= p.joined_at
  GROUP BY p.person
),
bought AS (
  SELECT
    p.person,
    COUNT(CASE WHEN b.paid_at < p.joined_at THEN 1 END) AS before,
    COUNT(CASE WHEN b.paid_at >= p.joined_at THEN 1 END) AS after,
    MIN(CASE WHEN b.paid_at >= p.joined_at THEN b.paid_at END) AS next_at
  FROM people p
  JOIN purchases b ON b.customer_id = p.person
  GROUP BY p.person
)
SELECT
  p.person,
  p.joined_at,
  f.staff_id,
  s.role,
  s.region,
  f.state AS card,
  p.friendships,
  p.left_at,
  p.spoke,
  CASE WHEN u.customer_id IS NULL THEN 0 ELSE 1 END AS has_unionid,
  f.burst,
  r.replied_at,
  r.responded_at,
  COALESCE(b.before, 0) AS bought_before,
  b.next_at,
  COALESCE(b.after, 0) AS purchases_after
FROM people p
JOIN friendships f ON f.contact_id = p.earliest.no AND f.person = p.person
LEFT JOIN staff s ON s.staff_id = f.staff_id
LEFT JOIN union_ids u ON u.customer_id = p.person
LEFT JOIN answered r ON r.person = p.person
LEFT JOIN bought b ON b.person = p.person
LEFT JOIN customers x ON x.customer_id = p.person
WHERE x.customer_id IS NULL OR NOT (x.is_staff OR x.is_test)
