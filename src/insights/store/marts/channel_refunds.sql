-- One row per channel with orders paid by the end of `as_of`.
-- channel | text | where the orders were placed
-- orders | count | orders that were paid
-- gross_amount | money | what was paid
-- refund_amount | money | what was paid back by as_of
-- estimated_amount | money | of it, what was only read off a status
WITH told AS (
  SELECT order_id, SUM(amount) AS amount
  FROM refunds
  WHERE NOT is_estimated AND refunded_at <= $as_of
  GROUP BY order_id
)
SELECT
  n.channel,
  COUNT(*) AS orders,
  SUM(n.gross_amount) AS gross_amount,
  SUM(n.refund_amount) AS refund_amount,
  SUM(n.refund_amount - COALESCE(t.amount, 0)) AS estimated_amount
FROM order_net n
LEFT JOIN told t ON t.order_id = n.order_id
GROUP BY n.channel
