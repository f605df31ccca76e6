-- One row per customer who bought by the end of `as_of`, with where and when that began.
-- Of a day with orders in several channels, the earliest payment counts.
-- customer_id | text | who
-- first_channel | text | channel of the first purchase occasion
-- first_on | day | its day
WITH ranked AS (
  SELECT
    customer_id,
    channel,
    paid_on,
    ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY paid_at, order_id) AS place
  FROM order_net
  WHERE left_out IS NULL AND customer_id IS NOT NULL
)
SELECT customer_id, channel AS first_channel, paid_on AS first_on
FROM ranked
WHERE place = 1
