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
-- One order of all rows serves both: the first row of a day has its category, and the first row that
-- comes after those of the first day has the second one's.
ranked AS (
  SELECT
    customer_id,
    paid_on,
    category,
    ROW_NUMBER() OVER by_place AS place,
    FIRST_VALUE(paid_on) OVER by_place AS first_on,
    LAG(paid_on) OVER by_place AS before_on
  FROM amounts
  WINDOW by_place AS (
    PARTITION BY customer_id
    ORDER BY
      paid_on ASC, CASE WHEN category IS NULL THEN 1 ELSE 0 END ASC, amount DESC, category ASC
  )
),
steps AS (
  SELECT
    CAST(DATE_TRUNC('month', first_on) AS DATE) AS cohort_on,
    MAX(CASE WHEN place = 1 THEN category END) AS category,
    MAX(CASE WHEN place > 1 THEN paid_on END) AS next_on,
    MAX(CASE WHEN place > 1 THEN category END) AS next_category
  FROM ranked
  WHERE place = 1 OR (before_on = first_on AND paid_on > first_on)
  GROUP BY customer_id, first_on
)
SELECT cohort_on, category, next_category, COUNT(*) AS customers
FROM steps
WHERE category IS NOT NULL AND (next_on IS NULL OR next_category IS NOT NULL)
GROUP BY cohort_on, category, next_category
