-- One row per month of the first purchase occasion, its channel, and month of purchase.
-- cohort_on | day | first day of the month of the first occasion
-- channel | text | where the first order was placed
-- month_on | day | first day of the month of purchase
-- age_months | months | from the one to the other
-- buyers | people | customers who bought in the month
-- orders | count | their orders
-- gross_amount | money | what was paid
-- refund_amount | money | what was paid back by as_of
-- net_amount | money | gross less refunds
WITH counted AS (
  SELECT
    customer_id,
    order_id,
    channel,
    paid_at,
    CAST(DATE_TRUNC('month', paid_on) AS DATE) AS month_on,
    gross_amount,
    refund_amount,
    net_amount
  FROM order_net
  WHERE left_out IS NULL AND customer_id IS NOT NULL
),
monthly AS (
  SELECT
    customer_id,
    month_on,
    COUNT(*) AS orders,
    SUM(gross_amount) AS gross_amount,
    SUM(refund_amount) AS refund_amount,
    SUM(net_amount) AS net_amount
  FROM counted
  GROUP BY customer_id, month_on
),
earliest AS (
  SELECT customer_id, MIN(paid_at) AS first_at
  FROM counted
  GROUP BY customer_id
),
first_months AS (
  -- As in first_purchases: of several orders of one moment, the least number.
  SELECT c.customer_id, MIN_BY(c.channel, c.order_id) AS channel, MIN(c.month_on) AS cohort_on
  FROM counted c
  JOIN earliest e ON e.customer_id = c.customer_id AND e.first_at = c.paid_at
  GROUP BY c.customer_id
),
cells AS (
  SELECT
    f.cohort_on,
    f.channel,
    m.month_on,
    COUNT(*) AS buyers,
    CAST(SUM(m.orders) AS BIGINT) AS orders,
    SUM(m.gross_amount) AS gross_amount,
    SUM(m.refund_amount) AS refund_amount,
    SUM(m.net_amount) AS net_amount
  FROM monthly m
  JOIN first_months f ON f.customer_id = m.customer_id
  GROUP BY f.cohort_on, f.channel, m.month_on
),
numbered AS (
  SELECT
    c.*,
    YEAR(c.month_on) * 12 AS of_year,
    MONTH(c.month_on) AS of_month,
    YEAR(c.cohort_on) * 12 AS from_year,
    MONTH(c.cohort_on) AS from_month
  FROM cells c
)
SELECT
  cohort_on,
  channel,
  month_on,
  of_year + of_month - from_year - from_month AS age_months,
  buyers,
  orders,
  gross_amount,
  refund_amount,
  net_amount
FROM numbered
