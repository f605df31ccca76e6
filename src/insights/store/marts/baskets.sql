-- One row per month of payment and channel of the thirteen months up to `as_of`: how much is in an order.
-- Purchase occasions of which the lines are known; freebies are no pieces. Orders of nothing but
-- freebies are left out.
-- month_on | day | first day of the month of payment
-- channel | text | where the orders were placed
-- orders | count | orders with lines
-- several_orders | count | of them, those of more than one piece
-- pieces | number | pieces in them
-- pieces_square | number | sum of squares of an order's pieces
-- pieces_cube | number | sum of their third powers
WITH orders_of AS (
  SELECT
    n.order_id,
    n.channel,
    CAST(DATE_TRUNC('month', n.paid_on) AS DATE) AS month_on,
    CAST(SUM(l.quantity) AS DOUBLE) AS pieces
  FROM order_net n
  JOIN calendar d ON d.on_date = n.paid_on
  JOIN calendar t ON t.on_date = CAST($as_of AS DATE)
  JOIN order_lines l ON l.order_id = n.order_id
  WHERE n.left_out IS NULL AND NOT l.is_freebie AND l.quantity > 0 AND d.day_no > t.day_no - 397
  GROUP BY n.order_id, n.channel, CAST(DATE_TRUNC('month', n.paid_on) AS DATE)
)
SELECT
  month_on,
  channel,
  COUNT(*) AS orders,
  COUNT(CASE WHEN pieces > 1 THEN 1 END) AS several_orders,
  SUM(pieces) AS pieces,
  SUM(pieces * pieces) AS pieces_square,
  SUM(pieces * pieces * pieces) AS pieces_cube
FROM orders_of
GROUP BY month_on, channel
