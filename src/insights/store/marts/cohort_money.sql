-- One row per cohort, channel of the first purchase and age in months at which money moved.
-- A customer's cohort is the month of the first purchase occasion. All paid orders of the customer
-- count, those refunded in full as well; tests and gifts do not. What belongs to no cohort (buyers
-- not known, or without any purchase occasion) has no cohort_on and age 0 in one row a month.
-- cohort_on | day | first day of the month of the first purchase; NULL: of no cohort
-- first_channel | text | where the first purchase was made; NULL: of no cohort
-- month_on | day | first day of the month of payment
-- age_months | number | months from the cohort's to that of payment
-- customers | people | customers of the cohort and channel, also those who bought nothing now
-- buyers | people | of them, those with a purchase occasion in this month
-- orders | count | paid orders of this cell
-- gross_amount | money | what was paid in this cell
-- refund_amount | money | what of it went back by as_of
-- net_amount | money | gross less refunds
-- occasion_amount | money | of the net amount, that of orders that are purchase occasions
-- net_square | number | by how much the sum of squares of net so far a customer grew
-- net_cube | number | by how much the sum of third powers of net so far a customer grew
WITH sold AS (
  SELECT
    order_id,
    customer_id,
    channel,
    paid_at,
    left_out,
    CAST(DATE_TRUNC('month', paid_on) AS DATE) AS month_on,
    gross_amount,
    refund_amount,
    net_amount
  FROM order_net
  WHERE left_out IS NULL OR left_out NOT IN ('test', 'gift')
),
monthly AS (
  SELECT
    customer_id,
    month_on,
    COUNT(*) AS orders,
    SUM(gross_amount) AS gross_amount,
    SUM(refund_amount) AS refund_amount,
    SUM(net_amount) AS net_amount,
    SUM(CASE WHEN left_out IS NULL THEN net_amount ELSE 0 END) AS occasion_amount,
    MIN(CASE WHEN left_out IS NULL THEN paid_at END) AS occasion_at
  FROM sold
  GROUP BY customer_id, month_on
),
earliest AS (
  SELECT customer_id, MIN(occasion_at) AS first_at
  FROM monthly
  WHERE customer_id IS NOT NULL AND occasion_at IS NOT NULL
  GROUP BY customer_id
),
firsts AS (
  -- As in first_purchases: of several orders of one moment, the least number.
  SELECT s.customer_id, MIN_BY(s.channel, s.order_id) AS first_channel, MIN(s.month_on) AS cohort_on
  FROM sold s
  JOIN earliest e ON e.customer_id = s.customer_id AND e.first_at = s.paid_at
  WHERE s.left_out IS NULL
  GROUP BY s.customer_id
),
sizes AS (
  SELECT cohort_on, first_channel, COUNT(*) AS customers
  FROM firsts
  GROUP BY cohort_on, first_channel
),
-- What was paid before the first occasion (and went back in full) counts with the first month. Of
-- a customer whose cell has two rows the powers still add up: after the one is before the other.
placed AS (
  SELECT
    m.*,
    f.cohort_on,
    f.first_channel,
    CASE WHEN m.month_on < f.cohort_on THEN f.cohort_on ELSE m.month_on END AS counted_on,
    CAST(m.net_amount AS DOUBLE) AS step_amount,
    SUM(CAST(m.net_amount AS DOUBLE)) OVER (
      PARTITION BY m.customer_id ORDER BY m.month_on ROWS UNBOUNDED PRECEDING
    ) AS after_amount
  FROM monthly m
  LEFT JOIN firsts f ON f.customer_id = m.customer_id
),
before AS (
  SELECT *, after_amount - step_amount AS before_amount FROM placed
),
cells AS (
  SELECT
    cohort_on,
    first_channel,
    counted_on AS month_on,
    COUNT(occasion_at) AS buyers,
    CAST(SUM(orders) AS BIGINT) AS orders,
    SUM(gross_amount) AS gross_amount,
    SUM(refund_amount) AS refund_amount,
    SUM(net_amount) AS net_amount,
    SUM(occasion_amount) AS occasion_amount,
    SUM(after_amount * after_amount - before_amount * before_amount) AS net_square,
    SUM(
      after_amount * after_amount * after_amount
      - before_amount * before_amount * before_amount
    ) AS net_cube
  FROM before
  GROUP BY cohort_on, first_channel, counted_on
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
  n.cohort_on,
  n.first_channel,
  n.month_on,
  CAST(
    CASE
      WHEN n.cohort_on IS NULL THEN 0 ELSE n.of_year + n.of_month - n.from_year - n.from_month
    END AS BIGINT
  ) AS age_months,
  COALESCE(z.customers, 0) AS customers,
  -- Of nobody known, nobody is counted.
  CASE WHEN n.cohort_on IS NULL THEN 0 ELSE n.buyers END AS buyers,
  n.orders,
  n.gross_amount,
  n.refund_amount,
  n.net_amount,
  n.occasion_amount,
  CASE WHEN n.cohort_on IS NULL THEN 0.0 ELSE n.net_square END AS net_square,
  CASE WHEN n.cohort_on IS NULL THEN 0.0 ELSE n.net_cube END AS net_cube
FROM numbered n
LEFT JOIN sizes z ON z.cohort_on = n.cohort_on AND z.first_channel = n.first_channel
