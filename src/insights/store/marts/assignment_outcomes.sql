-- One row per person and experiment that lots were drawn for by the end of `as_of`.
-- campaign_id | text | the experiment
-- title | text | its name
-- customer_id | text | who; NULL where the key leads to nobody
-- arm | text | the arm, in the words of whoever drew the lots
-- assigned_at | timestamp | when the lot was drawn
-- probability | share | chance with which the person could land in this arm
-- days_seen | days | from that day to as_of
-- days_to_order | days | to the first purchase occasion on a later day; NULL where none
-- net_28 | money | net sales of the 28 days after
WITH drawn AS (
  SELECT
    g.campaign_id,
    g.customer_ref,
    COALESCE(k.customer_id, a.customer_id, g.customer_id) AS customer_id,
    g.arm,
    g.assigned_at,
    g.probability,
    d.day_no
  FROM assignments g
  JOIN calendar d ON d.on_date = CAST(g.assigned_at AS DATE)
  LEFT JOIN customer_keys k ON k.ref = g.customer_ref
  LEFT JOIN identities a
    ON a.id_value = g.customer_id AND a.id_type = 'customer_id' AND a.namespace = 'global'
  WHERE g.assigned_at <= $as_of
),
bought AS (
  SELECT
    d.campaign_id,
    d.customer_ref,
    MIN(p.day_no) AS next_no,
    SUM(CASE WHEN p.day_no <= d.day_no + 28 THEN p.net_amount ELSE 0 END) AS net_28
  FROM drawn d
  JOIN purchases p ON p.customer_id = d.customer_id
  WHERE p.day_no > d.day_no
  GROUP BY d.campaign_id, d.customer_ref
),
today AS (
  SELECT day_no FROM calendar WHERE on_date = CAST($as_of AS DATE)
)
SELECT
  d.campaign_id,
  COALESCE(c.name, d.campaign_id) AS title,
  d.customer_id,
  d.arm,
  d.assigned_at,
  d.probability,
  n.day_no - d.day_no AS days_seen,
  b.next_no - d.day_no AS days_to_order,
  COALESCE(b.net_28, 0) AS net_28
FROM drawn d
CROSS JOIN today n
LEFT JOIN bought b ON b.campaign_id = d.campaign_id AND b.customer_ref = d.customer_ref
LEFT JOIN campaigns c ON c.campaign_id = d.campaign_id
