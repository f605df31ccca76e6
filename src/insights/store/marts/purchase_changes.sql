-- One row per thing that became known of an order that may be a purchase occasion.
-- The rows known by a day add up to what was known on it: an order refunded later was a purchase.
-- customer_id | text | who bought
-- order_id | text | the order
-- paid_at | timestamp | when it was paid in full
-- known_at | timestamp | when this became known: of the payment paid_at, of a refund its own time
-- net_amount | money | by how much the net amount of the order changed
WITH bought AS (
  SELECT order_id, customer_id, paid_at, gross_amount
  FROM order_net
  WHERE customer_id IS NOT NULL AND (left_out IS NULL OR left_out = 'refunded')
),
-- What was read off a status counts until better is known: an after-sale of its line, or of the
-- order as a whole; and of an order, anything told of its lines (as in order_net, but with a time).
gave_way AS (
  SELECT e.refund_id, MIN(b.refunded_at) AS known_at
  FROM refunds e
  JOIN refunds b ON b.order_id = e.order_id
  WHERE e.is_estimated
    AND b.refunded_at <= $as_of
    AND (
      (NOT b.is_estimated AND (b.line_id = e.line_id OR b.line_id IS NULL))
      OR (e.line_id IS NULL AND (NOT b.is_estimated OR b.line_id IS NOT NULL))
    )
  GROUP BY e.refund_id
),
given AS (
  SELECT f.order_id, f.amount, f.refunded_at, g.known_at AS until
  FROM refunds f
  LEFT JOIN gave_way g ON g.refund_id = f.refund_id
  WHERE f.refunded_at <= $as_of AND (g.known_at IS NULL OR g.known_at > f.refunded_at)
)
SELECT customer_id, order_id, paid_at, paid_at AS known_at, gross_amount AS net_amount
FROM bought
UNION ALL
SELECT b.customer_id, b.order_id, b.paid_at, g.refunded_at, -g.amount
FROM given g
JOIN bought b ON b.order_id = g.order_id
UNION ALL
SELECT b.customer_id, b.order_id, b.paid_at, g.until, g.amount
FROM given g
JOIN bought b ON b.order_id = g.order_id
WHERE g.until IS NOT NULL
