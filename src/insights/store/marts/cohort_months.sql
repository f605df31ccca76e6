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
WITH monthly AS (
  SELECT
    customer_id,
    CAST(DATE_TRUNC('month', paid_on) AS DATE) AS month_on,
    COUNT(*) AS orders,
    SUM(gross_amount) AS gross_amount,
    SUM(refund_amount) AS refund_amount,
    SUM(net_amount) AS net_amount
  FROM order_net
  WHERE left_out IS NULL AND customer_id IS NOT NULL
  GROUP BY customer_id, CAST(DATE_TRUNC('month', paid_on) AS DATE)
),
first_months AS (
  SELECT customer_id, channel, CAST(DATE_TRUNC('month', first_on) AS DATE) AS cohort_on
  FROM first_purchases
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
