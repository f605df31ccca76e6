-- One row per known customer who was registered in a membership programme by the end of `as_of`.
-- customer_id | text | who
-- registered_at | timestamp | start of the first spell of any programme
-- paid_at | timestamp | start of the first paid term; NULL where none
-- tier | text | tier of the newest spell of the free programme
SELECT
  customer_id,
  MIN(started_at) AS registered_at,
  MIN(CASE WHEN program = 'paid' THEN started_at END) AS paid_at,
  MAX(CASE WHEN nth = 1 AND program = 'free' THEN tier END) AS tier
FROM (
  SELECT
    COALESCE(k.customer_id, a.customer_id, m.customer_id) AS customer_id,
    m.program,
    m.tier,
    m.started_at,
    ROW_NUMBER() OVER (
      PARTITION BY COALESCE(k.customer_id, a.customer_id, m.customer_id), m.program
      ORDER BY m.started_at DESC, m.membership_id
    ) AS nth
  FROM memberships m
  LEFT JOIN customer_keys k ON k.ref = m.customer_ref
  LEFT JOIN identities a
    ON a.id_value = m.customer_id AND a.id_type = 'customer_id' AND a.namespace = 'global'
  WHERE m.started_at <= $as_of
) AS spells
WHERE customer_id IS NOT NULL
GROUP BY customer_id
