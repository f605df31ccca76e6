-- One row per month of payment and channel: what was paid, what went back, what is left.
-- Tests and gifts are left out; orders that were refunded in full are not.
-- month_on | day | first day of the month of payment
-- channel | text | where the orders were placed
-- orders | count | orders of which something was paid: a receipt that only takes back is none
-- refunded_orders | count | of them, those of which everything went back
-- gross_amount | money | what was paid
-- refund_amount | money | what went back by as_of
-- net_amount | money | gross less refunds
-- known_amount | money | of the net amount, what belongs to a known customer
SELECT
  CAST(DATE_TRUNC('month', paid_on) AS DATE) AS month_on,
  channel,
  COUNT(CASE WHEN gross_amount > 0 THEN 1 END) AS orders,
  COUNT(CASE WHEN left_out = 'refunded' THEN 1 END) AS refunded_orders,
  SUM(gross_amount) AS gross_amount,
  SUM(refund_amount) AS refund_amount,
  SUM(net_amount) AS net_amount,
  SUM(CASE WHEN customer_id IS NOT NULL THEN net_amount ELSE 0 END) AS known_amount
FROM order_net
WHERE left_out IS NULL OR left_out NOT IN ('test', 'gift')
GROUP BY CAST(DATE_TRUNC('month', paid_on) AS DATE), channel
