-- One row per month of a customer's first purchase, month of the first one in a private shop after it,
-- category of the first, price band, and whether the two have one category.
-- Customers whose first occasion had no order of a private shop and who bought in one on a later day.
-- Public is every other channel, stores included. The category of an occasion is the one with the most
-- money in it, in the private shops alone on the second; a band goes from a power of two up to the next.
-- first_on | day | first day of the month of the first occasion
-- private_on | day | first day of the month of the first occasion in a private shop
-- category | text | category of the first occasion; NULL where not known
-- price_band | number | paid in the private shops on that day: from 2 to the power of it
-- same | 0/1 | whether the category bought there is the first one; NULL where either is not known
-- customers | people | customers who went this way
-- returned | people | of them, bought again in any channel within 90 days after, by as_of
WITH movers AS (
  SELECT
    customer_id,
    MIN(paid_on) AS first_on,
    MIN(
      CASE WHEN channel IN ('youzan', 'wx_store', 'self_mall', 'wechat_transfer') THEN paid_on END
    ) AS private_on
  FROM order_net
  WHERE left_out IS NULL AND customer_id IS NOT NULL
  GROUP BY customer_id
  HAVING MIN(paid_on) < MIN(
    CASE WHEN channel IN ('youzan', 'wx_store', 'self_mall', 'wechat_transfer') THEN paid_on END
  )
),
watched AS (
  SELECT m.customer_id, m.first_on, m.private_on, u.on_date AS until_on
  FROM movers m
  JOIN calendar c ON c.on_date = m.private_on
  JOIN calendar u ON u.day_no = c.day_no + 90
),
-- Their orders of the two days, and of the days watched; of the last it is enough that there is one.
orders_of AS (
  SELECT
    n.order_id,
    n.customer_id,
    w.first_on,
    w.private_on,
    n.gross_amount,
    CASE WHEN n.paid_on = w.first_on THEN 1 WHEN n.paid_on = w.private_on THEN 2 ELSE 3 END AS step
  FROM order_net n
  JOIN watched w ON w.customer_id = n.customer_id
  WHERE n.left_out IS NULL
    AND (
      n.paid_on = w.first_on
      OR (n.paid_on > w.private_on AND n.paid_on <= w.until_on)
      OR (
        n.paid_on = w.private_on
        AND n.channel IN ('youzan', 'wx_store', 'self_mall', 'wechat_transfer')
      )
    )
),
people AS (
  SELECT
    customer_id,
    first_on,
    private_on,
    SUM(CASE WHEN step = 2 THEN gross_amount END) AS amount,
    MAX(CASE WHEN step = 3 THEN 1 ELSE 0 END) AS returned
  FROM orders_of
  GROUP BY customer_id, first_on, private_on
),
amounts AS (
  SELECT o.customer_id, o.step, p.category_1 AS category, SUM(l.paid_amount) AS amount
  FROM order_lines l
  JOIN orders_of o ON o.order_id = l.order_id AND o.step < 3
  JOIN products p ON p.product_id = l.product_id
  WHERE NOT l.is_freebie AND p.category_1 IS NOT NULL
  GROUP BY o.customer_id, o.step, p.category_1
),
categories AS (
  SELECT
    customer_id,
    MIN(CASE WHEN step = 1 THEN STRUCT_PACK(less := -amount, name := category) END) AS first_most,
    MIN(CASE WHEN step = 2 THEN STRUCT_PACK(less := -amount, name := category) END) AS private_most
  FROM amounts
  GROUP BY customer_id
),
moved AS (
  SELECT
    CAST(DATE_TRUNC('month', p.first_on) AS DATE) AS first_on,
    CAST(DATE_TRUNC('month', p.private_on) AS DATE) AS private_on,
    c.first_most.name AS category,
    CAST(FLOOR(LOG2(p.amount)) AS INTEGER) AS price_band,
    CASE
      WHEN c.first_most.name = c.private_most.name THEN 1
      WHEN c.first_most.name <> c.private_most.name THEN 0
    END AS same,
    p.returned
  FROM people p
  LEFT JOIN categories c ON c.customer_id = p.customer_id
)
SELECT
  first_on,
  private_on,
  category,
  price_band,
  same,
  COUNT(*) AS customers,
  SUM(returned) AS returned
FROM moved
GROUP BY first_on, private_on, category, price_band, same
