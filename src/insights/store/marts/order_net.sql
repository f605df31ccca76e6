-- One row per order that was paid by the end of `as_of`, with what was refunded by then.
-- Status is derived from times, never from orders.status, which a later export overwrites.
-- order_id | text | the order
-- customer_id | text | who bought; NULL where the buyer is not known
-- channel | text | where it was placed
-- shop_id | text | shop of the channel
-- store_id | text | store with a door, where there is one
-- paid_at | timestamp | when it was paid in full
-- paid_on | day | the day of paid_at
-- gross_amount | money | what was paid
-- refund_amount | money | what was paid back by as_of
-- net_amount | money | gross less refunds
-- last_event_at | timestamp | the newest moment that entered this row: payment or last refund
-- left_out | text | why it is no purchase occasion: test, gift, refunded, trifle; NULL if it is one
SELECT
  o.order_id,
  o.customer_id,
  o.channel,
  o.shop_id,
  o.store_id,
  o.paid_at,
  CAST(o.paid_at AS DATE) AS paid_on,
  o.paid_amount AS gross_amount,
  COALESCE(r.refund_amount, 0) AS refund_amount,
  o.paid_amount - COALESCE(r.refund_amount, 0) AS net_amount,
  CASE WHEN r.refunded_at > o.paid_at THEN r.refunded_at ELSE o.paid_at END AS last_event_at,
  CASE
    WHEN o.is_test THEN 'test'
    WHEN o.is_gift THEN 'gift'
    -- Samples and price top-ups open no cohort; how much a trifle is, the brand's settings say.
    WHEN o.paid_amount <= u.trifle_amount THEN 'trifle'
    WHEN COALESCE(r.refund_amount, 0) >= o.paid_amount THEN 'refunded'
  END AS left_out
FROM orders o
CROSS JOIN rules u
LEFT JOIN (
  SELECT order_id, SUM(amount) AS refund_amount, MAX(refunded_at) AS refunded_at
  FROM refunds
  WHERE refunded_at <= $as_of
  GROUP BY order_id
) r ON r.order_id = o.order_id
WHERE o.paid_at <= $as_of
