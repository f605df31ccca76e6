-- One row per calendar quarter with purchase occasions of known customers by the end of `as_of`.
-- quarter_on | day | first day of the quarter
-- customers | people | customers who bought in it
-- new_customers | people | of them, those who had never bought before
-- kept_customers | people | of them, those who had bought in the quarter before
-- returned_customers | people | of them, those who had bought before, but not in the quarter before
-- lost_customers | people | those who had bought in the quarter before and not in this one
-- occasions | count | purchase occasions
-- net_amount | money | net amount
-- occasion_square | number | sum over customers of squared occasions
-- net_square | number | sum over customers of squared net amounts
-- occasion_net | number | sum over customers of occasions times net amount
WITH parted AS (
  SELECT
    customer_id,
    paid_on,
    net_amount,
    YEAR(paid_on) AS paid_year,
    QUARTER(paid_on) AS paid_quarter
  FROM purchases
),
by_customer AS (
  SELECT
    customer_id,
    paid_year * 4 + paid_quarter AS quarter_no,
    MIN(CAST(DATE_TRUNC('quarter', paid_on) AS DATE)) AS quarter_on,
    COUNT(*) AS occasions,
    SUM(net_amount) AS net_amount
  FROM parted
  GROUP BY customer_id, paid_year * 4 + paid_quarter
),
linked AS (
  SELECT
    *,
    LAG(quarter_no) OVER (PARTITION BY customer_id ORDER BY quarter_no) AS before_no,
    LEAD(quarter_no) OVER (PARTITION BY customer_id ORDER BY quarter_no) AS after_no
  FROM by_customer
),
totals AS (
  SELECT
    quarter_no,
    MIN(quarter_on) AS quarter_on,
    COUNT(*) AS customers,
    COUNT(CASE WHEN before_no IS NULL THEN 1 END) AS new_customers,
    COUNT(CASE WHEN before_no = quarter_no - 1 THEN 1 END) AS kept_customers,
    COUNT(CASE WHEN before_no < quarter_no - 1 THEN 1 END) AS returned_customers,
    -- Who bought in this quarter and not in the next is lost in the next.
    COUNT(CASE WHEN after_no IS NULL OR after_no > quarter_no + 1 THEN 1 END) AS leaving_customers,
    CAST(SUM(occasions) AS BIGINT) AS occasions,
    SUM(net_amount) AS net_amount,
    SUM(CAST(occasions AS DOUBLE) * occasions) AS occasion_square,
    SUM(CAST(net_amount AS DOUBLE) * CAST(net_amount AS DOUBLE)) AS net_square,
    SUM(CAST(occasions AS DOUBLE) * CAST(net_amount AS DOUBLE)) AS occasion_net
  FROM linked
  GROUP BY quarter_no
)
SELECT
  t.quarter_on,
  t.customers,
  t.new_customers,
  t.kept_customers,
  t.returned_customers,
  COALESCE(b.leaving_customers, 0) AS lost_customers,
  t.occasions,
  t.net_amount,
  t.occasion_square,
  t.net_square,
  t.occasion_net
FROM totals t
LEFT JOIN totals b ON b.quarter_no = t.quarter_no - 1
