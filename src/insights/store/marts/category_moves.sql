-- One row per category of a first purchase occasion and category of the second one.
-- The category of an occasion is the one with the most money in it.
-- category | text | category of the first occasion
-- next_category | text | category of the second; NULL for those who have not bought again
-- customers | people | customers who went this way
WITH amounts AS (
  SELECT n.customer_id, n.paid_on, p.category_1 AS category, SUM(l.paid_amount) AS amount
  FROM order_net n
  JOIN order_lines l ON l.order_id = n.order_id
  JOIN products p ON p.product_id = l.product_id
  WHERE n.left_out IS NULL
    AND n.customer_id IS NOT NULL
    AND p.category_1 IS NOT NULL
    AND NOT l.is_freebie
  GROUP BY n.customer_id, n.paid_on, p.category_1
),
ranked AS (
  SELECT
    customer_id,
    paid_on,
    category,
    ROW_NUMBER() OVER (
      PARTITION BY customer_id, paid_on ORDER BY amount DESC, category ASC
    ) AS place
  FROM amounts
),
steps AS (
  SELECT
    customer_id,
    category,
    LEAD(category) OVER (PARTITION BY customer_id ORDER BY paid_on ASC) AS next_category,
    ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY paid_on ASC) AS step
  FROM ranked
  WHERE place = 1
)
SELECT category, next_category, COUNT(*) AS customers
FROM steps
WHERE step = 1
GROUP BY category, next_category
