-- One row per day with sales and channel.
-- on_date | day | the day of payment
-- channel | text | where it was placed
-- day_no | days | the day as a number, so that two of them subtract
-- orders | count | paid orders that are purchase occasions, of known and unknown buyers
-- net_amount | money | net sales of them
SELECT
  n.paid_on AS on_date,
  n.channel,
  MIN(c.day_no) AS day_no,
  COUNT(*) AS orders,
  SUM(n.net_amount) AS net_amount
FROM order_net n
JOIN calendar c ON c.on_date = n.paid_on
WHERE n.left_out IS NULL
GROUP BY n.paid_on, n.channel
