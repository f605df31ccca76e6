-- One row per known customer and series that was bought in the year up to `as_of`.
-- customer_id | text | who bought
-- series | text | the series; the category where products have none
-- occasions | count | days with a purchase of it, in the year
-- before_28 | count | of them, days before the last 28
-- silent_days | days | from the last purchase of it to as_of
-- silent_before | days | from the last purchase of it before the last 28 days to the day they began
-- bought_28 | 0/1 | bought it in the last 28 days
WITH sold AS (
  SELECT
    n.customer_id,
    COALESCE(p.series, p.category_1) AS series,
    z.day_no - c.day_no AS days_ago
  FROM order_net n
  JOIN order_lines l ON l.order_id = n.order_id
  JOIN products p ON p.product_id = l.product_id
  JOIN calendar c ON c.on_date = n.paid_on
  JOIN calendar z ON z.on_date = CAST($as_of AS DATE)
  WHERE n.left_out IS NULL
    AND n.customer_id IS NOT NULL
    AND NOT l.is_freebie
    AND COALESCE(p.series, p.category_1) IS NOT NULL
    AND c.day_no > z.day_no - 365
  GROUP BY n.customer_id, COALESCE(p.series, p.category_1), z.day_no - c.day_no
)
SELECT
  customer_id,
  series,
  COUNT(*) AS occasions,
  COUNT(CASE WHEN days_ago >= 28 THEN 1 END) AS before_28,
  MIN(days_ago) AS silent_days,
  MIN(CASE WHEN days_ago >= 28 THEN days_ago - 28 END) AS silent_before,
  MAX(CASE WHEN days_ago < 28 THEN 1 ELSE 0 END) AS bought_28
FROM sold
GROUP BY customer_id, series
