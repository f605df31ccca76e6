-- One row per use of the orders paid by the end of `as_of`: counted, or why not. Adds up to the ledger.
-- why | text | counted, unknown (nobody is known to have bought), or the word of order_net.left_out
-- orders | count | orders
-- gross_amount | money | what was paid
-- refund_amount | money | what was paid back by as_of
-- net_amount | money | gross less refunds
SELECT
  COALESCE(left_out, CASE WHEN customer_id IS NULL THEN 'unknown' ELSE 'counted' END) AS why,
  COUNT(*) AS orders,
  SUM(gross_amount) AS gross_amount,
  SUM(refund_amount) AS refund_amount,
  SUM(net_amount) AS net_amount
FROM order_net
GROUP BY COALESCE(left_out, CASE WHEN customer_id IS NULL THEN 'unknown' ELSE 'counted' END)
