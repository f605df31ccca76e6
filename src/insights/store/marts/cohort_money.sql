-- One row per cohort, channel of the first purchase and age in months at which money moved.
-- A customer's cohort is the month of the first purchase occasion. All paid orders of the customer
-- count, those refunded in full as well; tests and gifts do not. What belongs to no cohort (buyers
-- not known, or without any purchase occasion) has no cohort_on and age 0 in one row a month.
-- cohort_on | day | first day of the month of the first purchase; NULL: of no cohort
-- first_channel | text | where the first purchase was made; NULL: of no cohort
-- month_on | day | first day of the month of payment
-- age_months | number | months from the cohort's to that of payment
-- customers | people | customers of the cohort and channel, also those who bought nothing now
-- orders | count | paid orders of this cell
-- gross_amount | money | what was paid in this cell
-- refund_amount | money | what of it went back by as_of
-- net_amount | money | gross less refunds
-- net_square | number | by how much the sum of squares of net so far a customer grew
-- net_cube | number | by how much the sum of third powers of net so far a customer grew
WITH parted AS (
  SELECT *, YEAR(paid_at) AS paid_year, MONTH(paid_at) AS paid_month FROM order_net
),
sold AS (
  SELECT
    n.order_id,
    n.customer_id,
    n.channel,
    n.paid_at,
    n.left_out,
    n.paid_year * 12 + n.paid_month AS month_no,
    CAST(DATE_TRUNC('month', n.paid_on) AS DATE) AS month_on,
    n.gross_amount,
    n.refund_amount,
    n.net_amount
  FROM parted n
  WHERE n.left_out IS NULL OR n.left_out NOT IN ('test', 'gift')
),
ranked AS (
  SELECT
    customer_id,
    channel,
    month_no,
    month_on,
    ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY paid_at, order_id) AS place
  FROM sold
  WHERE left_out IS NULL AND customer_id IS NOT NULL
),
firsts AS (
  SELECT customer_id, channel AS first_channel, month_no AS cohort_no, month_on AS cohort_on
  FROM ranked
  WHERE place = 1
),
sizes AS (
  SELECT cohort_on, first_channel, COUNT(*) AS customers
  FROM firsts
  GROUP BY cohort_on, first_channel
),
-- What was paid before the first occasion (and went back in full) counts with the first month.
by_customer AS (
  SELECT
    f.customer_id,
    f.cohort_on,
    f.first_channel,
    CASE WHEN s.month_no < f.cohort_no THEN f.cohort_on ELSE s.month_on END AS month_on,
    CASE WHEN s.month_no < f.cohort_no THEN 0 ELSE s.month_no - f.cohort_no END AS age_months,
    COUNT(*) AS orders,
    SUM(s.gross_amount) AS gross_amount,
    SUM(s.refund_amount) AS refund_amount,
    SUM(s.net_amount) AS net_amount
  FROM sold s
  JOIN firsts f ON f.customer_id = s.customer_id
  GROUP BY
    f.customer_id,
    f.cohort_on,
    f.first_channel,
    CASE WHEN s.month_no < f.cohort_no THEN f.cohort_on ELSE s.month_on END,
    CASE WHEN s.month_no < f.cohort_no THEN 0 ELSE s.month_no - f.cohort_no END
),
so_far AS (
  SELECT
    *,
    CAST(
      SUM(net_amount) OVER (
        PARTITION BY customer_id ORDER BY age_months ROWS UNBOUNDED PRECEDING
      ) AS DOUBLE
    ) AS after_amount,
    CAST(net_amount AS DOUBLE) AS step_amount
  FROM by_customer
),
before AS (
  SELECT *, after_amount - step_amount AS before_amount FROM so_far
)
SELECT
  b.cohort_on,
  b.first_channel,
  b.month_on,
  CAST(b.age_months AS BIGINT) AS age_months,
  MAX(z.customers) AS customers,
  CAST(SUM(b.orders) AS BIGINT) AS orders,
  SUM(b.gross_amount) AS gross_amount,
  SUM(b.refund_amount) AS refund_amount,
  SUM(b.net_amount) AS net_amount,
  SUM(b.after_amount * b.after_amount - b.before_amount * b.before_amount) AS net_square,
  SUM(
    b.after_amount * b.after_amount * b.after_amount
    - b.before_amount * b.before_amount * b.before_amount
  ) AS net_cube
FROM before b
JOIN sizes z ON z.cohort_on = b.cohort_on AND z.first_channel = b.first_channel
GROUP BY b.cohort_on, b.first_channel, b.month_on, b.age_months
UNION ALL
SELECT
  CAST(NULL AS DATE),
  CAST(NULL AS VARCHAR),
  s.month_on,
  0,
  0,
  COUNT(*),
  SUM(s.gross_amount),
  SUM(s.refund_amount),
  SUM(s.net_amount),
  0.0,
  0.0
FROM sold s
LEFT JOIN firsts f ON f.customer_id = s.customer_id
WHERE f.customer_id IS NULL
GROUP BY s.month_on
