-- One row per friendship spell that began by the end of `as_of`.
-- contact_id | text | the spell
-- customer_id | text | the person; NULL where the key leads to nobody
-- staff_id | text | the account that holds it
-- role | text | what the account does: guide, ip, service and so on; NULL where the staff table lacks it
-- region | text | sales region of the account
-- state | text | channel parameter of the code or link that was used
-- added_at | timestamp | when it began
-- added_no | days | that day as a number, so that two of them subtract
-- ended_at | timestamp | when it ended, by as_of; NULL while it stands
-- ended_no | days | that day as a number
-- left_by_customer | boolean | ended, and not by the staff nor by a handover
SELECT
  c.contact_id,
  COALESCE(k.customer_id, a.customer_id, c.customer_id) AS customer_id,
  c.staff_id,
  s.role,
  s.region,
  c.state,
  c.added_at,
  d.day_no AS added_no,
  CASE WHEN c.deleted_at <= $as_of THEN c.deleted_at END AS ended_at,
  e.day_no AS ended_no,
  COALESCE(c.deleted_at <= $as_of, FALSE)
    AND COALESCE(c.deleted_by, 'unknown') NOT IN ('staff', 'transfer') AS left_by_customer
FROM contacts c
JOIN calendar d ON d.on_date = CAST(c.added_at AS DATE)
LEFT JOIN calendar e
  ON e.on_date = CAST(CASE WHEN c.deleted_at <= $as_of THEN c.deleted_at END AS DATE)
LEFT JOIN staff s ON s.staff_id = c.staff_id
LEFT JOIN customer_keys k ON k.ref = c.customer_ref
LEFT JOIN identities a
  ON a.id_value = c.customer_id AND a.id_type = 'customer_id' AND a.namespace = 'global'
WHERE c.added_at <= $as_of
