-- One row per month and category of a first purchase occasion and category of the second one.
-- The category of an occasion is the one with the most money in it; who bought something of no known
-- category on one of the two is left out.
-- cohort_on | day | first day of the month of the first occasion
-- category | text | category of the first occasion
-- next_category | text | category of the second; NULL for those who have not bought again
-- customers | people | customers who went this way
WITH amounts AS (
  SELECT n.customer_id, n.paid_on, p.category_1 AS category, SUM(l.paid_amount) AS amount
  FROM order_net n
  -- Occasions of which no category is known stay: the next one is not the second.
  LEFT JOIN order_lines l ON l.order_id = n.order_id AND NOT l.is_freebie
  LEFT JOIN products p ON p.product_id = l.product_id
  WHERE n.left_out IS NULL AND n.customer_id IS NOT NULL
  GROUP BY n.customer_id, n.paid_on, p.category_1
),
ranked AS (
  SELECT
    customer_id,
    paid_on,
    category,
    ROW_NUMBER() OVER (
      PARTITION BY customer_id, paid_on
      ORDER BY CASE WHEN category IS NULL THEN 1 ELSE 0 END ASC, amount DESC, category ASC
    ) AS place
  FROM amounts
),
steps AS (
  SELECT
    CAST(DATE_TRUNC('month', paid_on) AS DATE) AS cohort_on,
    category,
    LEAD(paid_on) OVER (PARTITION BY customer_id ORDER BY paid_on ASC) AS next_on,
    LEAD(category) OVER (PARTITION BY customer_id ORDER BY paid_on ASC) AS next_category,
    ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY paid_on ASC) AS step
  FROM ranked
  WHERE place = 1
)
SELECT cohort_on, category, next_category, COUNT(*) AS customers
FROM steps
WHERE step = 1 AND category IS NOT NULL AND (next_on IS NULL OR next_category IS NOT NULL)
GROUP BY cohort_on, category, next_category
