-- One row per customer and month with a purchase occasion: see the mart `purchases`.
-- customer_id | text | who bought
-- month_on | day | first day of the month
-- occasions | count | days of the month with a purchase
-- orders | count | orders of the month
-- gross_amount | money | what was paid
-- refund_amount | money | what was paid back by as_of
-- net_amount | money | gross less refunds
SELECT
  customer_id,
  CAST(DATE_TRUNC('month', paid_on) AS DATE) AS month_on,
  COUNT(*) AS occasions,
  SUM(orders) AS orders,
  SUM(gross_amount) AS gross_amount,
  SUM(refund_amount) AS refund_amount,
  SUM(net_amount) AS net_amount
FROM purchases
GROUP BY customer_id, CAST(DATE_TRUNC('month', paid_on) AS DATE)
