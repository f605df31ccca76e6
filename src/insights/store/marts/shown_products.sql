-- One row per content that shows products and product that it shows, with its sales around.
-- content_id | text | the content
-- product_id | text | the product
-- before_amount | money | paid for the product in the 28 days before the content went out
-- after_amount | money | paid for it in the 28 days that begin with the eighth after that day, when answers of a week are in
-- whole | 0/1 | whether those days had passed by as_of, and the ones before lie within the data
WITH edge AS (
  SELECT MIN(CAST(paid_at AS DATE)) AS first_on FROM orders WHERE paid_at <= $as_of
),
pieces AS (
  SELECT
    c.content_id,
    c.product_ids,
    d.day_no,
    CASE WHEN z.day_no - d.day_no >= 35 AND d.day_no - f.day_no >= 28 THEN 1 ELSE 0 END AS whole
  FROM contents c
  JOIN calendar d ON d.on_date = CAST(c.published_at AS DATE)
  JOIN calendar z ON z.on_date = CAST($as_of AS DATE)
  CROSS JOIN edge e
  JOIN calendar f ON f.on_date = e.first_on
  WHERE c.product_ids IS NOT NULL AND c.published_at <= $as_of
),
sold AS (
  SELECT l.product_id, c.day_no, SUM(CAST(l.paid_amount AS DOUBLE)) AS amount
  FROM order_lines l
  JOIN orders o ON o.order_id = l.order_id
  JOIN calendar c ON c.on_date = CAST(o.paid_at AS DATE)
  WHERE o.paid_at <= $as_of AND NOT o.is_test AND NOT o.is_gift AND l.product_id IS NOT NULL
  GROUP BY l.product_id, c.day_no
),
ever AS (
  SELECT product_id FROM sold GROUP BY product_id
),
-- A product that never sold has no rank among sales and is not looked for.
shown AS (
  SELECT p.content_id, p.day_no, p.whole, e.product_id
  FROM pieces p
  JOIN ever e ON ARRAY_CONTAINS(p.product_ids, e.product_id)
)
SELECT
  h.content_id,
  h.product_id,
  SUM(CASE WHEN s.day_no < h.day_no AND s.day_no >= h.day_no - 28 THEN s.amount ELSE 0 END)
    AS before_amount,
  SUM(CASE WHEN s.day_no >= h.day_no + 8 AND s.day_no < h.day_no + 36 THEN s.amount ELSE 0 END)
    AS after_amount,
  MAX(h.whole) AS whole
FROM shown h
LEFT JOIN sold s ON s.product_id = h.product_id
GROUP BY h.content_id, h.product_id
