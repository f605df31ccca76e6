-- One row per channel, month of payment, outcome and whole hours since payment.
-- What was paid is followed from payment until it goes back, or until `as_of`, 60 days at most.
-- Tests and gifts are left out. Part of an order may go back at one time and the rest later.
-- channel | text | where the orders were placed
-- month_on | day | first day of the month of payment
-- outcome | text | before_ship, after_ship; kept: not back so far; untold: back, its time not told
-- hours | number | whole hours from payment to the refund, or to the end of the watching
-- orders | count | orders of which this happened first; each order is counted once
-- amount | money | money of which it happened
-- square_amount | number | sum of squares of the amounts, an order at a time, for intervals
WITH sold AS (
  SELECT
    order_id,
    channel,
    paid_at,
    shipped_at,
    received_at,
    gross_amount,
    refund_amount
  FROM order_net
  WHERE (left_out IS NULL OR left_out NOT IN ('test', 'gift'))
    AND (gross_amount > 0 OR refund_amount > 0)
),
-- Most orders are kept, and need no more than their age; only the others meet their refunds. Each is
-- one row already: DISTINCT lets all orders be added up as they come, instead of being held.
returned AS (
  SELECT DISTINCT * FROM sold WHERE refund_amount <> 0
),
-- An export that has no time of refunds gives that of something else: it is no time of a refund.
-- The clock is the money's: what was applied for and is not back yet, nobody knows of so far.
told AS (
  SELECT
    f.order_id,
    f.amount,
    f.phase,
    s.channel,
    s.paid_at,
    s.shipped_at,
    COALESCE(f.applied_at, f.refunded_at) AS applied_at,
    p.day_no AS paid_day,
    HOUR(s.paid_at) AS paid_hour,
    MINUTE(s.paid_at) AS paid_minute,
    d.day_no AS back_day,
    HOUR(f.refunded_at) AS back_hour,
    MINUTE(f.refunded_at) AS back_minute
  FROM refunds f
  JOIN returned s ON s.order_id = f.order_id
  JOIN calendar d ON d.on_date = CAST(f.refunded_at AS DATE)
  JOIN calendar p ON p.on_date = CAST(s.paid_at AS DATE)
  WHERE NOT f.is_estimated
    AND f.refunded_at <= $as_of
    AND f.refunded_at > s.paid_at
    AND (s.shipped_at IS NULL OR f.refunded_at <> s.shipped_at)
    AND (s.received_at IS NULL OR f.refunded_at <> s.received_at)
),
timed AS (
  SELECT
    order_id,
    channel,
    CAST(DATE_TRUNC('month', paid_at) AS DATE) AS month_on,
    CASE
      WHEN phase = 'before_ship' THEN 'before_ship'
      WHEN phase IN ('in_transit', 'after_receipt') THEN 'after_ship'
      -- A store hands the goods over the counter.
      WHEN channel = 'store' THEN 'after_ship'
      WHEN shipped_at IS NULL OR applied_at < shipped_at THEN 'before_ship'
      ELSE 'after_ship'
    END AS outcome,
    (back_day - paid_day) * 24 + back_hour - paid_hour
      - CASE WHEN back_minute < paid_minute THEN 1 ELSE 0 END AS hours,
    amount
  FROM told
),
spans AS (
  SELECT order_id, channel, month_on, outcome, hours, SUM(amount) AS amount
  FROM (
    SELECT
      order_id,
      channel,
      month_on,
      CASE WHEN hours >= 1440 THEN 'kept' ELSE outcome END AS outcome,
      CASE WHEN hours >= 1440 THEN 1440 WHEN hours < 0 THEN 0 ELSE hours END AS hours,
      amount
    FROM timed
  ) t
  GROUP BY order_id, channel, month_on, outcome, hours
),
by_order AS (
  SELECT order_id, SUM(amount) AS amount FROM timed GROUP BY order_id
),
rest AS (
  SELECT
    s.channel,
    s.paid_at,
    -- Refunds that add up to more than was paid leave nothing, and never less.
    CASE
      WHEN s.refund_amount > s.gross_amount THEN 0 ELSE s.gross_amount - s.refund_amount
    END AS kept_amount,
    s.refund_amount - COALESCE(b.amount, 0) AS untold_amount,
    b.order_id IS NOT NULL AS is_timed
  FROM returned s
  LEFT JOIN by_order b ON b.order_id = s.order_id
),
-- What was kept, by the moment of payment as far as whole hours need it.
stayed AS (
  SELECT
    channel,
    CAST(paid_at AS DATE) AS paid_on,
    HOUR(paid_at) AS paid_hour,
    CASE WHEN MINUTE(paid_at) > MINUTE($as_of) THEN 1 ELSE 0 END AS begun_hour,
    COUNT(*) AS orders,
    SUM(gross_amount) AS amount,
    SUM(CAST(gross_amount AS DOUBLE) * CAST(gross_amount AS DOUBLE)) AS square_amount
  FROM sold
  WHERE refund_amount = 0
  GROUP BY
    channel,
    CAST(paid_at AS DATE),
    HOUR(paid_at),
    CASE WHEN MINUTE(paid_at) > MINUTE($as_of) THEN 1 ELSE 0 END
  UNION ALL
  SELECT
    channel,
    CAST(paid_at AS DATE),
    HOUR(paid_at),
    CASE WHEN MINUTE(paid_at) > MINUTE($as_of) THEN 1 ELSE 0 END,
    CASE WHEN is_timed OR untold_amount > 0 THEN 0 ELSE 1 END,
    kept_amount,
    CAST(kept_amount AS DOUBLE) * CAST(kept_amount AS DOUBLE)
  FROM rest
  WHERE kept_amount > 0
),
kept AS (
  SELECT
    s.channel,
    CAST(DATE_TRUNC('month', s.paid_on) AS DATE) AS month_on,
    (t.day_no - d.day_no) * 24 + HOUR($as_of) - s.paid_hour - s.begun_hour AS age,
    s.orders,
    s.amount,
    s.square_amount
  FROM stayed s
  JOIN calendar d ON d.on_date = s.paid_on
  JOIN calendar t ON t.on_date = CAST($as_of AS DATE)
),
pieces AS (
  SELECT
    channel,
    month_on,
    outcome,
    hours,
    CASE
      WHEN ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY hours, outcome) = 1 THEN 1 ELSE 0
    END AS orders,
    amount,
    CAST(amount AS DOUBLE) * CAST(amount AS DOUBLE) AS square_amount
  FROM spans
  UNION ALL
  SELECT
    channel,
    CAST(DATE_TRUNC('month', paid_at) AS DATE),
    'untold',
    0,
    CASE WHEN is_timed THEN 0 ELSE 1 END,
    untold_amount,
    CAST(untold_amount AS DOUBLE) * CAST(untold_amount AS DOUBLE)
  FROM rest
  WHERE untold_amount > 0
  UNION ALL
  SELECT
    channel,
    month_on,
    'kept',
    CASE WHEN age >= 1440 THEN 1440 WHEN age < 0 THEN 0 ELSE age END,
    orders,
    amount,
    square_amount
  FROM kept
)
SELECT
  channel,
  month_on,
  outcome,
  CAST(hours AS BIGINT) AS hours,
  CAST(SUM(orders) AS BIGINT) AS orders,
  SUM(amount) AS amount,
  SUM(square_amount) AS square_amount
FROM pieces
GROUP BY channel, month_on, outcome, hours
