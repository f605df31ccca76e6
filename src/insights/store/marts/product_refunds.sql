-- One row per product of order lines whose refunds are over.
-- Lines of orders paid in the year that ended 60 days before `as_of`: all of them have been watched as
-- long as the refund curve is drawn. Tests, gifts and freebies are left out. A refund that names its
-- line is that line's; what else went back of an order is taken off its lines alike.
-- product_id | text | the product; NULL for lines that name none
-- name | text | what it is called
-- category | text | its category
-- order_lines | count | lines of paid orders
-- gross_amount | money | what was paid for them
-- refund_amount | money | what of it went back by as_of
-- named_amount | money | of that, what a refund names the line of
-- gross_square | number | sum of squares of what was paid, a line at a time
-- refund_square | number | sum of squares of what went back
-- gross_refund | number | sum of their products
WITH named AS (
  -- What was read off a status and what the after-sale export says are of the same money.
  SELECT order_id, line_id, MAX(amount) AS amount
  FROM (
    SELECT order_id, line_id, is_estimated, SUM(amount) AS amount
    FROM refunds
    WHERE line_id IS NOT NULL AND refunded_at <= $as_of
    GROUP BY order_id, line_id, is_estimated
  ) f
  GROUP BY order_id, line_id
),
named_orders AS (
  SELECT order_id, SUM(amount) AS amount FROM named GROUP BY order_id
),
sold AS (
  SELECT
    l.product_id,
    CAST(l.paid_amount AS DOUBLE) AS gross_amount,
    CAST(COALESCE(f.amount, 0) AS DOUBLE) AS named_amount,
    CASE WHEN n.refund_amount > COALESCE(o.amount, 0)
      THEN CAST(n.refund_amount - COALESCE(o.amount, 0) AS DOUBLE)
        * CAST(l.paid_amount AS DOUBLE) / CAST(n.gross_amount AS DOUBLE)
      ELSE 0
    END AS shared_amount
  FROM order_lines l
  JOIN order_net n ON n.order_id = l.order_id
  JOIN calendar d ON d.on_date = n.paid_on
  JOIN calendar t ON t.on_date = CAST($as_of AS DATE)
  LEFT JOIN named_orders o ON o.order_id = n.order_id
  LEFT JOIN named f ON f.order_id = l.order_id AND f.line_id = l.line_id
  WHERE (n.left_out IS NULL OR n.left_out NOT IN ('test', 'gift'))
    AND n.gross_amount > 0
    AND NOT l.is_freebie
    AND l.paid_amount > 0
    AND d.day_no <= t.day_no - 60
    AND d.day_no > t.day_no - 425
),
-- Nothing of which more goes back than was paid: shop and after-sale export may disagree.
backs AS (
  SELECT
    product_id,
    gross_amount,
    LEAST(named_amount, gross_amount) AS named_amount,
    LEAST(named_amount + shared_amount, gross_amount) AS refund_amount
  FROM sold
),
sums AS (
  SELECT
    product_id,
    COUNT(*) AS order_lines,
    SUM(gross_amount) AS gross_amount,
    SUM(refund_amount) AS refund_amount,
    SUM(named_amount) AS named_amount,
    SUM(gross_amount * gross_amount) AS gross_square,
    SUM(refund_amount * refund_amount) AS refund_square,
    SUM(gross_amount * refund_amount) AS gross_refund
  FROM backs
  GROUP BY product_id
)
SELECT
  s.product_id,
  p.name,
  p.category_1 AS category,
  s.order_lines,
  CAST(s.gross_amount AS DECIMAL(18, 2)) AS gross_amount,
  CAST(s.refund_amount AS DECIMAL(18, 2)) AS refund_amount,
  CAST(s.named_amount AS DECIMAL(18, 2)) AS named_amount,
  s.gross_square,
  s.refund_square,
  s.gross_refund
FROM sums s
LEFT JOIN products p ON p.product_id = s.product_id
