-- One row per customer and day with a purchase occasion: the orders of one day are one occasion.
-- Tests, gifts, trifles and fully refunded orders are no occasion (see order_net.left_out).
-- customer_id | text | who bought
-- paid_on | day | the day
-- day_no | days | the day as a number, so that two of them subtract
-- paid_at | timestamp | first payment of the day
-- orders | count | orders of the day
-- gross_amount | money | what was paid
-- refund_amount | money | what was paid back by as_of
-- net_amount | money | gross less refunds
-- last_event_at | timestamp | the newest moment that entered this row: payment or refund
SELECT
  n.customer_id,
  n.paid_on,
  MIN(c.day_no) AS day_no,
  MIN(n.paid_at) AS paid_at,
  COUNT(*) AS orders,
  SUM(n.gross_amount) AS gross_amount,
  SUM(n.refund_amount) AS refund_amount,
  SUM(n.net_amount) AS net_amount,
  MAX(n.last_event_at) AS last_event_at
FROM order_net n
JOIN calendar c ON c.on_date = n.paid_on
WHERE n.left_out IS NULL AND n.customer_id IS NOT NULL
GROUP BY n.customer_id, n.paid_on
