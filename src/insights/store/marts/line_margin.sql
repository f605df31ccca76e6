-- One row per sales channel: what the goods sold in the year up to `as_of` brought and cost.
-- channel | text | where it was sold
-- net_amount | money | paid for lines of sales that were not given back whole
-- costed_amount | money | of that, lines of products whose unit cost is known
-- cost_amount | money | what the pieces of those lines cost the brand
WITH sold AS (
  SELECT n.order_id, n.channel, n.gross_amount, n.net_amount
  FROM order_net n
  JOIN calendar c ON c.on_date = n.paid_on
  JOIN calendar z ON z.on_date = CAST($as_of AS DATE)
  WHERE n.left_out IS NULL AND n.gross_amount > 0 AND c.day_no > z.day_no - 365
),
lines AS (
  SELECT
    s.channel,
    -- What was given back of an order is taken off its lines alike.
    CAST(l.paid_amount AS DOUBLE) * CAST(s.net_amount AS DOUBLE) / CAST(s.gross_amount AS DOUBLE)
      AS net,
    CAST(p.unit_cost AS DOUBLE) * CAST(l.quantity AS DOUBLE)
      * CAST(s.net_amount AS DOUBLE) / CAST(s.gross_amount AS DOUBLE) AS cost
  FROM order_lines l
  JOIN sold s ON s.order_id = l.order_id
  LEFT JOIN products p ON p.product_id = l.product_id
)
SELECT
  channel,
  CAST(SUM(net) AS DECIMAL(18, 2)) AS net_amount,
  CAST(SUM(CASE WHEN cost IS NOT NULL THEN net ELSE 0 END) AS DECIMAL(18, 2)) AS costed_amount,
  CAST(SUM(COALESCE(cost, 0)) AS DECIMAL(18, 2)) AS cost_amount
FROM lines
GROUP BY channel
