-- One row per customer with a purchase occasion by the end of `as_of`: how the first one came about.
-- customer_id | text | who bought
-- first_at | timestamp | when the first order that counts was paid
-- first_on | day | the day of first_at
-- channel | text | where that order was placed
-- shop_id | text | shop of the channel
-- staff_id | text | account to whom the platform credits it; NULL where none is known
-- role | text | what that account does: guide, ip, host and so on
-- campaign_id | text | campaign to which it belongs
-- category | text | category with the most money in it
-- region | text | region of its store, else the customer's province
WITH numbered AS (
  -- Of several orders of one moment (one that was split), the first by channel and number.
  SELECT
    customer_id,
    order_id,
    paid_at,
    ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY paid_at, channel, order_id) AS place
  FROM order_net
  WHERE left_out IS NULL AND customer_id IS NOT NULL
),
first_orders AS (
  SELECT
    f.customer_id,
    f.paid_at AS first_at,
    o.order_id,
    o.channel,
    o.shop_id,
    o.store_id,
    o.seller_ref,
    o.campaign_id
  FROM numbered f
  JOIN orders o ON o.order_id = f.order_id
  WHERE f.place = 1
),
amounts AS (
  SELECT l.order_id, p.category_1 AS category, SUM(l.paid_amount) AS amount
  FROM order_lines l
  JOIN first_orders f ON f.order_id = l.order_id
  JOIN products p ON p.product_id = l.product_id
  WHERE p.category_1 IS NOT NULL AND NOT l.is_freebie
  GROUP BY l.order_id, p.category_1
),
categories AS (
  SELECT
    order_id,
    category,
    ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY amount DESC, category ASC) AS place
  FROM amounts
),
stores AS (
  SELECT store_id, MAX(region) AS region
  FROM staff
  WHERE store_id IS NOT NULL
  GROUP BY store_id
)
SELECT
  f.customer_id,
  f.first_at,
  CAST(f.first_at AS DATE) AS first_on,
  f.channel,
  f.shop_id,
  s.staff_id,
  s.role,
  f.campaign_id,
  c.category,
  COALESCE(t.region, u.province) AS region
FROM first_orders f
LEFT JOIN categories c ON c.order_id = f.order_id AND c.place = 1
LEFT JOIN staff s ON s.staff_id = f.seller_ref
LEFT JOIN stores t ON t.store_id = f.store_id
LEFT JOIN customers u ON u.customer_id = f.customer_id
