-- One row per order that was paid by the end of `as_of`, with what was refunded by then.
-- Status is derived from times, never from orders.status, which a later export overwrites.
-- order_id | text | the order
-- customer_id | text | who bought; NULL where the buyer is not known
-- channel | text | where it was placed
-- shop_id | text | shop of the channel
-- store_id | text | store with a door, where there is one
-- paid_at | timestamp | when it was paid in full
-- paid_on | day | the day of paid_at
-- shipped_at | timestamp | when it left, where the export says so
-- received_at | timestamp | when it was received, where the export says so
-- gross_amount | money | what was paid
-- refund_amount | money | what was paid back by as_of
-- net_amount | money | gross less refunds
-- last_event_at | timestamp | the newest moment that entered this row: payment or last refund
-- left_out | text | why it is no purchase occasion: test, staff, gift, trifle, refunded; NULL if it is one
WITH told AS (
  SELECT order_id, line_id, amount, refunded_at
  FROM refunds
  WHERE NOT is_estimated AND refunded_at <= $as_of
),
-- What was read off a status gives way to what the after-sale export says: of the line, or of the
-- order as a whole; and what was read off an order, to what was read off its lines. Only orders of
-- which something was read off are compared, so that a store without such pays nothing for it.
estimated AS (
  SELECT order_id, line_id, amount, refunded_at
  FROM refunds
  WHERE is_estimated AND refunded_at <= $as_of
),
unsure AS (
  SELECT order_id, MAX(CASE WHEN line_id IS NULL THEN 0 ELSE 1 END) AS by_lines
  FROM estimated
  GROUP BY order_id
),
better_known AS (
  SELECT
    t.order_id,
    t.line_id,
    MAX(CASE WHEN t.line_id IS NULL THEN 1 ELSE 0 END) AS as_a_whole
  FROM told t
  JOIN unsure u ON u.order_id = t.order_id
  GROUP BY t.order_id, t.line_id
),
better_orders AS (
  SELECT order_id, MAX(as_a_whole) AS as_a_whole FROM better_known GROUP BY order_id
),
standing AS (
  SELECT e.order_id, e.amount, e.refunded_at
  FROM estimated e
  JOIN unsure u ON u.order_id = e.order_id
  LEFT JOIN better_known l ON l.order_id = e.order_id AND l.line_id = e.line_id
  LEFT JOIN better_orders b ON b.order_id = e.order_id
  WHERE l.order_id IS NULL
    AND COALESCE(b.as_a_whole, 0) = 0
    AND (e.line_id IS NOT NULL OR (b.order_id IS NULL AND u.by_lines = 0))
),
refunded AS (
  SELECT
    order_id,
    CAST(SUM(amount) AS DECIMAL(18, 2)) AS refund_amount,
    MAX(refunded_at) AS refunded_at
  FROM (
    -- Read again instead of from `told`, which would keep every refund at hand for the next reader.
    SELECT order_id, amount, refunded_at
    FROM refunds
    WHERE NOT is_estimated AND refunded_at <= $as_of
    UNION ALL
    SELECT order_id, amount, refunded_at FROM standing
  ) f
  GROUP BY order_id
),
-- WeChat Pay's bill has every payment. One that a shop has as an order is that order's, and counts
-- there: by the payment's number, or else, of orders without a number that the bill has, the same
-- amount within a minute. What is left is a plain transfer.
transfers AS (
  SELECT order_id, paid_amount, payment_no, DATE_TRUNC('minute', paid_at) AS minute_at
  FROM orders
  WHERE channel = 'wechat_transfer' AND paid_at <= $as_of
),
numbered AS (
  SELECT DISTINCT t.order_id, t.payment_no
  FROM transfers t
  JOIN (
    SELECT payment_no
    FROM orders
    WHERE channel <> 'wechat_transfer' AND payment_no IS NOT NULL AND paid_at <= $as_of
  ) p ON p.payment_no = t.payment_no
),
minutes_of_transfers AS (
  SELECT t.order_id, t.paid_amount, t.minute_at
  FROM transfers t
  LEFT JOIN numbered n ON n.order_id = t.order_id
  WHERE n.order_id IS NULL
),
near_transfers AS (
  SELECT order_id, paid_amount, minute_at FROM minutes_of_transfers
  UNION ALL
  SELECT order_id, paid_amount, minute_at - INTERVAL '1' MINUTE FROM minutes_of_transfers
  UNION ALL
  SELECT order_id, paid_amount, minute_at + INTERVAL '1' MINUTE FROM minutes_of_transfers
),
told_by_a_shop AS (
  SELECT order_id FROM numbered
  UNION
  SELECT t.order_id
  FROM near_transfers t
  JOIN (
    SELECT o.paid_amount, DATE_TRUNC('minute', o.paid_at) AS minute_at
    FROM orders o
    LEFT JOIN numbered n ON n.payment_no = o.payment_no
    WHERE o.channel IN ('youzan', 'wx_store', 'self_mall', 'store', 'other')
      AND o.paid_at <= $as_of AND n.order_id IS NULL
  ) p ON p.paid_amount = t.paid_amount AND p.minute_at = t.minute_at
),
bought AS (
  SELECT o.*, COALESCE(k.customer_id, a.customer_id, o.customer_id) AS who
  FROM orders o
  LEFT JOIN customer_keys k ON k.ref = o.buyer_ref
  -- An exact customer id may have been retired since: it leads on as an alias.
  LEFT JOIN identities a
    ON a.id_value = o.customer_id AND a.id_type = 'customer_id' AND a.namespace = 'global'
  LEFT JOIN told_by_a_shop w ON w.order_id = o.order_id
  WHERE o.paid_at <= $as_of AND w.order_id IS NULL
)
SELECT
  o.order_id,
  o.who AS customer_id,
  o.channel,
  o.shop_id,
  o.store_id,
  o.paid_at,
  CAST(o.paid_at AS DATE) AS paid_on,
  o.shipped_at,
  o.received_at,
  o.paid_amount AS gross_amount,
  COALESCE(r.refund_amount, 0) AS refund_amount,
  o.paid_amount - COALESCE(r.refund_amount, 0) AS net_amount,
  CASE WHEN r.refunded_at > o.paid_at THEN r.refunded_at ELSE o.paid_at END AS last_event_at,
  CASE
    WHEN o.is_test OR x.is_test THEN 'test'
    WHEN x.is_staff THEN 'staff'
    WHEN o.is_gift THEN 'gift'
    -- Samples and price top-ups open no cohort; how much a trifle is, the brand's settings say.
    WHEN o.paid_amount <= u.trifle_amount THEN 'trifle'
    WHEN COALESCE(r.refund_amount, 0) >= o.paid_amount THEN 'refunded'
  END AS left_out
FROM bought o
CROSS JOIN rules u
LEFT JOIN refunded r ON r.order_id = o.order_id
LEFT JOIN (
  SELECT customer_id, is_staff, is_test FROM customers WHERE is_staff OR is_test
) x ON x.customer_id = o.who
