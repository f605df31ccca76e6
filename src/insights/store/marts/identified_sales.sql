-- One row per month, channel and shop with sales by the end of `as_of`.
-- Sales are the orders that count as purchase occasions (see order_net.left_out).
-- month_on | day | first day of the month of payment
-- channel | text | where the orders were placed
-- shop_id | text | shop of the channel
-- orders | count | orders
-- net_amount | money | net amount of all of them
-- keyed_amount | money | net amount of those that name their buyer by any key
-- known_amount | money | net amount of those whose buyer is a known customer
-- contact_amount | money | net amount of those whose customer was a contact when paying
WITH friendships AS (
  SELECT
    COALESCE(k.customer_id, a.customer_id, c.customer_id) AS customer_id,
    c.added_at,
    c.deleted_at
  FROM contacts c
  LEFT JOIN customer_keys k ON k.ref = c.customer_ref
  LEFT JOIN identities a
    ON a.id_value = c.customer_id AND a.id_type = 'customer_id' AND a.namespace = 'global'
  WHERE c.added_at <= $as_of
),
of_contacts AS (
  SELECT n.order_id
  FROM order_net n
  JOIN friendships f ON f.customer_id = n.customer_id
  WHERE f.added_at <= n.paid_at AND (f.deleted_at IS NULL OR f.deleted_at > n.paid_at)
  GROUP BY n.order_id
)
SELECT
  CAST(DATE_TRUNC('month', n.paid_on) AS DATE) AS month_on,
  n.channel,
  n.shop_id,
  COUNT(*) AS orders,
  SUM(n.net_amount) AS net_amount,
  SUM(
    CASE
      WHEN o.buyer_ref IS NOT NULL OR n.customer_id IS NOT NULL THEN n.net_amount
      ELSE 0
    END
  ) AS keyed_amount,
  SUM(CASE WHEN n.customer_id IS NOT NULL THEN n.net_amount ELSE 0 END) AS known_amount,
  SUM(CASE WHEN c.order_id IS NOT NULL THEN n.net_amount ELSE 0 END) AS contact_amount
FROM order_net n
JOIN orders o ON o.order_id = n.order_id
LEFT JOIN of_contacts c ON c.order_id = n.order_id
WHERE n.left_out IS NULL
GROUP BY CAST(DATE_TRUNC('month', n.paid_on) AS DATE), n.channel, n.shop_id
