-- One row per month, channel and seller to whom the platforms credit orders paid by the end of `as_of`.
-- Sales are the orders that count as purchase occasions (see order_net.left_out).
-- month_on | day | first day of the month of payment
-- channel | text | where the orders were placed
-- seller_ref | text | who is credited; NULL for the orders that credit nobody
-- role | text | role in the list of staff; NULL where the seller is not in it
-- orders | count | orders
-- net_amount | money | net amount of them
-- customers | count | known customers among their buyers
SELECT
  CAST(DATE_TRUNC('month', n.paid_on) AS DATE) AS month_on,
  n.channel,
  -- Platforms write 0 where there is none.
  NULLIF(o.seller_ref, '0') AS seller_ref,
  s.role,
  COUNT(*) AS orders,
  SUM(n.net_amount) AS net_amount,
  COUNT(DISTINCT n.customer_id) AS customers
FROM order_net n
JOIN orders o ON o.order_id = n.order_id
LEFT JOIN staff s ON s.staff_id = o.seller_ref
WHERE n.left_out IS NULL
GROUP BY CAST(DATE_TRUNC('month', n.paid_on) AS DATE), n.channel, NULLIF(o.seller_ref, '0'), s.role
