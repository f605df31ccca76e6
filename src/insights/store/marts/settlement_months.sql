-- One row per shop and month of which the shop's own settlement or our orders tell anything.
-- Both count what was paid in the month, and what has gone back of it since: what a platform counts by
-- the day of the refund is another figure.
-- channel | text | where the orders were placed
-- shop_id | text | shop of the channel
-- month_on | day | first day of the month of payment
-- told_orders | count | orders, as the shop's settlement has it; NULL where it does not say
-- told_paid | money | what was paid, as the settlement has it; NULL where none was loaded
-- told_refunds | money | what went back of it, as the settlement has it; NULL where it does not say
-- our_orders | count | paid orders that we have
-- our_paid | money | what was paid for them
-- our_refunds | money | what went back of it by as_of
-- paid_gap | money | ours less theirs; NULL where theirs is not told
-- net_gap | money | our net less theirs; NULL where theirs is not told whole
WITH told AS (
  SELECT
    SPLIT_PART(entity_id, ':', 1) AS channel,
    SPLIT_PART(entity_id, ':', 2) AS shop_id,
    CAST(DATE_TRUNC('month', on_date) AS DATE) AS month_on,
    MAX(CASE WHEN metric = 'settled_orders' THEN value END) AS orders,
    MAX(CASE WHEN metric = 'settled_paid_amount' THEN value END) AS paid,
    MAX(CASE WHEN metric = 'settled_refund_amount' THEN value END) AS refunds
  FROM daily_metrics
  WHERE entity_kind = 'store'
    AND metric IN ('settled_orders', 'settled_paid_amount', 'settled_refund_amount')
    AND on_date <= CAST($as_of AS DATE)
  GROUP BY 1, 2, 3
),
ours AS (
  SELECT
    channel,
    shop_id,
    CAST(DATE_TRUNC('month', paid_on) AS DATE) AS month_on,
    COUNT(*) AS orders,
    SUM(gross_amount) AS paid,
    SUM(refund_amount) AS refunds
  FROM order_net
  WHERE left_out IS NULL OR left_out <> 'test'
  GROUP BY 1, 2, 3
)
SELECT
  COALESCE(t.channel, o.channel) AS channel,
  COALESCE(t.shop_id, o.shop_id) AS shop_id,
  COALESCE(t.month_on, o.month_on) AS month_on,
  t.orders AS told_orders,
  CAST(t.paid AS DECIMAL(18,2)) AS told_paid,
  CAST(t.refunds AS DECIMAL(18,2)) AS told_refunds,
  COALESCE(o.orders, 0) AS our_orders,
  COALESCE(o.paid, 0) AS our_paid,
  COALESCE(o.refunds, 0) AS our_refunds,
  COALESCE(o.paid, 0) - CAST(t.paid AS DECIMAL(18,2)) AS paid_gap,
  COALESCE(o.paid, 0) - COALESCE(o.refunds, 0)
  - (CAST(t.paid AS DECIMAL(18,2)) - CAST(t.refunds AS DECIMAL(18,2))) AS net_gap
FROM told t
FULL OUTER JOIN ours o
  ON o.channel = t.channel AND o.shop_id = t.shop_id AND o.month_on = t.month_on
