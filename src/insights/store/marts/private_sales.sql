-- One row per month and channel with sales by the end of `as_of`: what the private domain may claim.
-- Sales are paid orders without tests and gifts, as in sales_month; amounts are net of refunds.
-- month_on | day | first day of the month of payment
-- channel | text | where the orders were placed
-- is_private | flag | whether the channel is a private shop
-- orders | count | paid orders
-- net_amount | money | net amount of all of them
-- net_square | number | sum of squares of the orders' net amounts, for intervals
-- known_amount | money | net amount of known customers
-- bound_amount | money | net amount of customers who had a friendship when they paid
-- touched_7_amount | money | net amount of customers touched before they paid, within 7 days
-- touched_30_amount | money | net amount of customers touched before they paid, within 30 days
-- private_bound_amount | money | net amount in private shops of customers with a friendship
WITH friendships AS (
  SELECT
    COALESCE(k.customer_id, a.customer_id, c.customer_id) AS customer_id,
    c.added_at,
    c.deleted_at
  FROM contacts c
  LEFT JOIN customer_keys k ON k.ref = c.customer_ref
  LEFT JOIN identities a
    ON a.id_value = c.customer_id AND a.id_type = 'customer_id' AND a.namespace = 'global'
  WHERE c.added_at <= $as_of
),
-- Friendships of one person overlap. Cut where the longest so far ends, they do not any more, and
-- an order meets one at most: no order has to be told from another.
overlapping AS (
  SELECT
    customer_id,
    added_at,
    COALESCE(deleted_at, TIMESTAMP '9999-12-31 00:00:00') AS until_at,
    MAX(COALESCE(deleted_at, TIMESTAMP '9999-12-31 00:00:00')) OVER (
      PARTITION BY customer_id ORDER BY added_at, deleted_at
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS before_at
  FROM friendships
  WHERE customer_id IS NOT NULL
),
bound AS (
  SELECT
    customer_id,
    CASE WHEN before_at > added_at THEN before_at ELSE added_at END AS from_at,
    until_at
  FROM overlapping
  WHERE before_at IS NULL OR until_at > before_at
),
-- A touch is something that reached somebody or that they did; a follow is a friendship, counted
-- above, and a coupon that was used is the purchase itself.
touches_of AS (
  SELECT COALESCE(k.customer_id, a.customer_id, t.customer_id) AS customer_id, t.at AS touched_at
  FROM touches t
  LEFT JOIN customer_keys k ON k.ref = t.customer_ref
  LEFT JOIN identities a
    ON a.id_value = t.customer_id AND a.id_type = 'customer_id' AND a.namespace = 'global'
  WHERE t.at <= $as_of
    AND t.kind IN (
      'sent', 'delivered', 'read', 'click', 'like', 'comment', 'reply_in', 'reply_out', 'call',
      'connect', 'scan', 'coupon_issue'
    )
),
-- Each holds until the next, so that an order meets the last one before it and no other: what came
-- after the payment, such as thanks for it, did not bring it.
touched AS (
  SELECT
    customer_id,
    touched_at,
    COALESCE(
      LEAD(touched_at) OVER (PARTITION BY customer_id ORDER BY touched_at),
      TIMESTAMP '9999-12-31 00:00:00'
    ) AS next_at
  FROM touches_of
  WHERE customer_id IS NOT NULL
),
-- What is read here is held while orders meet touches, 50 million rows of it in a large store: no
-- more columns than needed, no wider ones, and what can be told from them only afterwards.
sold AS (
  SELECT
    n.customer_id,
    n.channel,
    n.paid_at,
    CAST(n.net_amount AS DECIMAL(18, 2)) AS net_amount
  FROM order_net n
  WHERE n.left_out IS NULL OR n.left_out NOT IN ('test', 'gift')
),
met AS (
  SELECT
    CAST(DATE_TRUNC('month', s.paid_at) AS DATE) AS month_on,
    s.channel,
    s.channel IN ('youzan', 'wx_store', 'self_mall', 'wechat_transfer') AS is_private,
    s.net_amount,
    s.customer_id IS NOT NULL AS is_known,
    b.customer_id IS NOT NULL AS is_bound,
    s.paid_at < DATE_TRUNC('day', t.touched_at) + INTERVAL '8' DAY AS is_touched_7,
    s.paid_at < DATE_TRUNC('day', t.touched_at) + INTERVAL '31' DAY AS is_touched_30
  FROM sold s
  LEFT JOIN bound b
    ON b.customer_id = s.customer_id AND b.from_at <= s.paid_at AND b.until_at > s.paid_at
  LEFT JOIN touched t
    ON t.customer_id = s.customer_id AND t.touched_at < s.paid_at AND t.next_at >= s.paid_at
)
SELECT
  month_on,
  channel,
  is_private,
  COUNT(*) AS orders,
  SUM(net_amount) AS net_amount,
  SUM(CAST(net_amount AS DOUBLE) * CAST(net_amount AS DOUBLE)) AS net_square,
  SUM(CASE WHEN is_known THEN net_amount ELSE 0 END) AS known_amount,
  SUM(CASE WHEN is_bound THEN net_amount ELSE 0 END) AS bound_amount,
  SUM(CASE WHEN is_touched_7 THEN net_amount ELSE 0 END) AS touched_7_amount,
  SUM(CASE WHEN is_touched_30 THEN net_amount ELSE 0 END) AS touched_30_amount,
  SUM(CASE WHEN is_private AND is_bound THEN net_amount ELSE 0 END) AS private_bound_amount
FROM met
GROUP BY month_on, channel, is_private
