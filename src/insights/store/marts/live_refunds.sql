-- One row per channel, host and livestream session of orders whose refunds are over.
-- Orders paid in the year that ended 60 days before `as_of`: all of them have been watched as long as
-- the refund curve is drawn. Tests and gifts are left out. Only channels of which an order names a
-- host or a session; their orders that name none are the rows without either.
-- channel | text | where the orders were placed
-- host | text | account to whom the platform credits them, if it is no guide; NULL where none
-- session | text | livestream from which they came; NULL where no order says
-- session_on | day | the day of that livestream
-- orders | count | paid orders
-- gross_amount | money | what was paid
-- refund_amount | money | what of it went back by as_of
-- gross_square | number | sum of squares of what was paid, an order at a time
-- refund_square | number | sum of squares of what went back
-- gross_refund | number | sum of their products
WITH lives AS (
  SELECT content_id, MIN(CAST(published_at AS DATE)) AS session_on
  FROM contents
  WHERE kind = 'live'
  GROUP BY content_id
),
sold AS (
  SELECT
    n.channel,
    -- Platforms write 0 where there is none.
    CASE WHEN s.role IS NULL OR s.role = 'host' THEN NULLIF(o.seller_ref, '0') END AS host,
    l.content_id AS session,
    l.session_on,
    CAST(n.gross_amount AS DOUBLE) AS gross_amount,
    CAST(n.refund_amount AS DOUBLE) AS refund_amount
  FROM order_net n
  JOIN orders o ON o.order_id = n.order_id
  JOIN calendar d ON d.on_date = n.paid_on
  JOIN calendar t ON t.on_date = CAST($as_of AS DATE)
  LEFT JOIN staff s ON s.staff_id = o.seller_ref
  LEFT JOIN lives l ON l.content_id = o.content_id
  WHERE (n.left_out IS NULL OR n.left_out NOT IN ('test', 'gift'))
    AND n.gross_amount > 0
    AND d.day_no <= t.day_no - 60
    AND d.day_no > t.day_no - 425
),
grouped AS (
  SELECT
    channel,
    host,
    session,
    MIN(session_on) AS session_on,
    COUNT(*) AS orders,
    SUM(gross_amount) AS gross_amount,
    SUM(refund_amount) AS refund_amount,
    SUM(gross_amount * gross_amount) AS gross_square,
    SUM(refund_amount * refund_amount) AS refund_square,
    SUM(gross_amount * refund_amount) AS gross_refund
  FROM sold
  GROUP BY channel, host, session
),
named AS (
  SELECT channel FROM grouped WHERE host IS NOT NULL OR session IS NOT NULL GROUP BY channel
)
SELECT
  g.channel,
  g.host,
  g.session,
  g.session_on,
  g.orders,
  g.gross_amount,
  g.refund_amount,
  g.gross_square,
  g.refund_square,
  g.gross_refund
FROM grouped g
JOIN named n ON n.channel = g.channel
