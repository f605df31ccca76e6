-- One row per paid term of membership that began by the end of `as_of`.
-- membership_id | text | the term
-- customer_id | text | the member; NULL where the card leads to nobody
-- term | count | the member's how-manieth paid term, from 1
-- started_at | timestamp | first moment of the term
-- started_no | days | that day as a number
-- ends_at | timestamp | last moment as paid for; may lie ahead
-- ends_no | days | that day as a number
-- renewed | boolean | another paid term followed by as_of
-- next_no | days | first day of that term as a number; NULL where none
-- today_no | days | as_of as a number
-- fee_amount | money | what the member paid for the term
-- gift_cost_amount | money | what the joining gifts cost the brand; NULL where no export says
-- gift_value_amount | money | what they are worth to the member
-- occasions | count | purchase occasions within the term, by as_of
-- net_amount | money | net sales within the term, by as_of
-- discount_amount | money | shelf and member-price reductions on them; NULL where no export says
-- net_told_amount | money | of net_amount, that on orders that tell the reductions
-- net_before | money | net sales in the year before the term
WITH named AS (
  SELECT
    m.membership_id,
    COALESCE(k.customer_id, a.customer_id, m.customer_id) AS customer_id,
    COALESCE(k.customer_id, a.customer_id, m.customer_id, m.customer_ref, m.member_no) AS member,
    m.started_at,
    m.ended_at,
    m.fee_amount,
    m.gift_cost_amount,
    m.gift_value_amount
  FROM memberships m
  LEFT JOIN customer_keys k ON k.ref = m.customer_ref
  LEFT JOIN identities a
    ON a.id_value = m.customer_id AND a.id_type = 'customer_id' AND a.namespace = 'global'
  WHERE m.program = 'paid' AND m.started_at <= $as_of
),
terms AS (
  SELECT
    n.*,
    s.day_no AS started_no,
    e.day_no AS ends_no,
    ROW_NUMBER() OVER (PARTITION BY member ORDER BY n.started_at, membership_id) AS term,
    LEAD(n.started_at) OVER (PARTITION BY member ORDER BY n.started_at, membership_id) AS next_at
  FROM named n
  JOIN calendar s ON s.on_date = CAST(n.started_at AS DATE)
  LEFT JOIN calendar e ON e.on_date = CAST(n.ended_at AS DATE)
),
discounts AS (
  SELECT
    n.customer_id,
    n.paid_on,
    SUM(o.discount_retail_amount) AS discount_amount,
    SUM(CASE WHEN o.discount_retail_amount IS NOT NULL THEN n.net_amount END) AS net_told_amount
  FROM order_net n
  JOIN orders o ON o.order_id = n.order_id
  WHERE n.left_out IS NULL AND n.customer_id IS NOT NULL
  GROUP BY n.customer_id, n.paid_on
),
spent AS (
  SELECT
    t.membership_id,
    COUNT(CASE WHEN p.day_no >= t.started_no THEN 1 END) AS occasions,
    SUM(CASE WHEN p.day_no >= t.started_no THEN p.net_amount ELSE 0 END) AS net_amount,
    SUM(CASE WHEN p.day_no >= t.started_no THEN d.discount_amount END) AS discount_amount,
    SUM(CASE WHEN p.day_no >= t.started_no THEN d.net_told_amount END) AS net_told_amount,
    SUM(CASE WHEN p.day_no < t.started_no THEN p.net_amount ELSE 0 END) AS net_before
  FROM terms t
  JOIN purchases p ON p.customer_id = t.customer_id
  LEFT JOIN discounts d ON d.customer_id = p.customer_id AND d.paid_on = p.paid_on
  WHERE p.day_no >= t.started_no - 365
    AND (t.ends_no IS NULL OR p.day_no < t.ends_no)
  GROUP BY t.membership_id
),
today AS (
  SELECT day_no FROM calendar WHERE on_date = CAST($as_of AS DATE)
)
SELECT
  t.membership_id,
  t.customer_id,
  t.term,
  t.started_at,
  t.started_no,
  t.ended_at AS ends_at,
  t.ends_no,
  t.next_at IS NOT NULL AS renewed,
  f.day_no AS next_no,
  n.day_no AS today_no,
  t.fee_amount,
  t.gift_cost_amount,
  t.gift_value_amount,
  COALESCE(x.occasions, 0) AS occasions,
  COALESCE(x.net_amount, 0) AS net_amount,
  x.discount_amount,
  COALESCE(x.net_told_amount, 0) AS net_told_amount,
  COALESCE(x.net_before, 0) AS net_before
FROM terms t
CROSS JOIN today n
LEFT JOIN calendar f ON f.on_date = CAST(t.next_at AS DATE)
LEFT JOIN spent x ON x.membership_id = t.membership_id
