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
    customer_id IS NOT NULL AS is_known,
    -- Orders of nobody known stand alone: together they would be one customer of millions.
    COALESCE(customer_id, order_id) AS buyer,
    channel,
    paid_at,
    CAST(DATE_TRUNC('month', paid_on) AS DATE) AS month_on,
    CASE WHEN left_out IS NULL THEN CAST(DATE_TRUNC('month', paid_on) AS DATE) END AS occasion_on,
    gross_amount,
    refund_amount,
    net_amount
  FROM order_net
  WHERE left_out IS NULL OR left_out NOT IN ('test', 'gift')
),
-- One order of rows serves all windows, so that customers are sorted once, and orders need not be
-- added up to months first: most customers have one in a month.
ordered AS (
  SELECT
    *,
    FIRST_VALUE(occasion_on IGNORE NULLS) OVER (
      PARTITION BY buyer ORDER BY paid_at, channel
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS first_on,
    -- As in first_purchases: of several orders of one moment, that of the first channel by name.
    FIRST_VALUE(CASE WHEN occasion_on IS NOT NULL THEN channel END IGNORE NULLS) OVER (
      PARTITION BY buyer ORDER BY paid_at, channel
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS opened_in,
    -- The month of the last occasion before this order.
    MAX(occasion_on) OVER (
      PARTITION BY buyer ORDER BY paid_at, channel
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS before_on,
    SUM(CAST(net_amount AS DOUBLE)) OVER (
      PARTITION BY buyer ORDER BY paid_at, channel
      ROWS UNBOUNDED PRECEDING
    ) AS after_amount
  FROM sold
),
-- What was paid before the first occasion (and went back in full) counts with the first month. Of
-- a customer with several orders in a cell the powers still add up: after the one is before the
-- next.
placed AS (
  SELECT
    CASE WHEN is_known THEN first_on END AS cohort_on,
    CASE WHEN is_known THEN opened_in END AS first_channel,
    CASE WHEN is_known AND month_on < first_on THEN first_on ELSE month_on END AS month_on,
    CASE WHEN occasion_on IS NOT NULL AND before_on IS NULL THEN 1 ELSE 0 END AS opens,
    CASE
      WHEN occasion_on IS NOT NULL AND (before_on IS NULL OR before_on < occasion_on) THEN 1
      ELSE 0
    END AS buys,
    gross_amount,
    refund_amount,
    net_amount,
    CASE WHEN occasion_on IS NOT NULL THEN net_amount ELSE 0 END AS occasion_amount,
    after_amount,
    after_amount - CAST(net_amount AS DOUBLE) AS before_amount
  FROM ordered
),
cells AS (
  SELECT
    cohort_on,
    first_channel,
    month_on,
    SUM(opens) AS opened,
    SUM(buys) AS buyers,
    COUNT(*) AS orders,
    SUM(gross_amount) AS gross_amount,
    SUM(refund_amount) AS refund_amount,
    SUM(net_amount) AS net_amount,
    SUM(occasion_amount) AS occasion_amount,
    SUM(after_amount * after_amount - before_amount * before_amount) AS net_square,
    SUM(
      after_amount * after_amount * after_amount
      - before_amount * before_amount * before_amount
    ) AS net_cube,
    YEAR(month_on) * 12 AS of_year,
    MONTH(month_on) AS of_month,
    YEAR(cohort_on) * 12 AS from_year,
    MONTH(cohort_on) AS from_month
  FROM placed
  GROUP BY cohort_on, first_channel, month_on
),
sizes AS (
  SELECT cohort_on, first_channel, SUM(opened) AS customers
  FROM cells
  GROUP BY cohort_on, first_channel
)
SELECT
  c.cohort_on,
  c.first_channel,
  c.month_on,
  CAST(
    CASE
      WHEN c.cohort_on IS NULL THEN 0 ELSE c.of_year + c.of_month - c.from_year - c.from_month
    END AS BIGINT
  ) AS age_months,
  CAST(COALESCE(z.customers, 0) AS BIGINT) AS customers,
  -- Of nobody known, nobody is counted.
  CAST(CASE WHEN c.cohort_on IS NULL THEN 0 ELSE c.buyers END AS BIGINT) AS buyers,
  c.orders,
  c.gross_amount,
  c.refund_amount,
  c.net_amount,
  c.occasion_amount,
  CASE WHEN c.cohort_on IS NULL THEN 0.0 ELSE c.net_square END AS net_square,
  CASE WHEN c.cohort_on IS NULL THEN 0.0 ELSE c.net_cube END AS net_cube
FROM cells c
LEFT JOIN sizes z ON z.cohort_on = c.cohort_on AND z.first_channel = c.first_channel
