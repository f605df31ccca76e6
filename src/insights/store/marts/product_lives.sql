-- One row per product with a declared launch within the data that had sold by the end of `as_of`.
-- product_id | text | the product
-- launched_no | days | its first day on sale as a number, as declared
-- last_no | days | the last day on which it sold
-- sampled | 0/1 | whether samples of it were given before or in the month of its launch
-- weeks | weeks | from launch to the last sale
-- ended | 0/1 | no sale in the 8 weeks up to as_of: its life has ended
WITH edge AS (
  SELECT MIN(c.day_no) AS first_no, MAX(z.day_no) AS today_no
  FROM orders o
  JOIN calendar c ON c.on_date = CAST(o.paid_at AS DATE)
  JOIN calendar z ON z.on_date = CAST($as_of AS DATE)
  WHERE o.paid_at <= $as_of
),
sold AS (
  SELECT l.product_id, MIN(c.day_no) AS first_no, MAX(c.day_no) AS last_no
  FROM order_lines l
  JOIN orders o ON o.order_id = l.order_id
  JOIN calendar c ON c.on_date = CAST(o.paid_at AS DATE)
  WHERE o.paid_at <= $as_of AND NOT o.is_test AND NOT o.is_gift AND l.product_id IS NOT NULL
  GROUP BY l.product_id
),
sampled AS (
  SELECT l.product_id, MIN(c.day_no) AS day_no
  FROM order_lines l
  JOIN orders o ON o.order_id = l.order_id
  JOIN calendar c ON c.on_date = CAST(o.created_at AS DATE)
  WHERE o.is_gift AND o.created_at <= $as_of AND l.product_id IS NOT NULL
  GROUP BY l.product_id
),
lives AS (
  SELECT
    s.product_id,
    d.day_no AS launched_no,
    s.last_no
  FROM sold s
  -- A first sale is no launch: what sells seldom would look new whenever it sells.
  JOIN products p ON p.product_id = s.product_id
  JOIN calendar d ON d.on_date = p.launched_on
  WHERE d.day_no <= s.last_no
)
SELECT
  v.product_id,
  v.launched_no,
  v.last_no,
  CASE WHEN g.day_no <= v.launched_no + 31 THEN 1 ELSE 0 END AS sampled,
  CAST(FLOOR((v.last_no - v.launched_no) / 7.0) AS BIGINT) AS weeks,
  CASE WHEN e.today_no - v.last_no >= 56 THEN 1 ELSE 0 END AS ended
FROM lives v
CROSS JOIN edge e
LEFT JOIN sampled g ON g.product_id = v.product_id
WHERE v.launched_no >= e.first_no
