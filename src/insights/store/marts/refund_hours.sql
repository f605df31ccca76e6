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
WITH dated AS (
  SELECT
    n.*,
    d.day_no AS paid_day,
    HOUR(n.paid_at) AS paid_hour,
    MINUTE(n.paid_at) AS paid_minute,
    t.day_no AS now_day,
    HOUR($as_of) AS now_hour,
    MINUTE($as_of) AS now_minute
  FROM order_net n
  JOIN calendar d ON d.on_date = n.paid_on
  JOIN calendar t ON t.on_date = CAST($as_of AS DATE)
  WHERE (n.left_out IS NULL OR n.left_out NOT IN ('test', 'gift'))
    AND (n.gross_amount > 0 OR n.refund_amount > 0)
),
-- As few columns as will do: all orders are held here.
sold AS (
  SELECT
    order_id,
    channel,
    paid_at,
    shipped_at,
    received_at,
    gross_amount,
    refund_amount,
    CAST(DATE_TRUNC('month', paid_on) AS DATE) AS month_on,
    (now_day - paid_day) * 24 + now_hour - paid_hour
      - CASE WHEN now_minute < paid_minute THEN 1 ELSE 0 END AS age
  FROM dated
),
-- Most orders are kept, and need no more than their age; only the others meet their refunds.
returned AS (
  SELECT * FROM sold WHERE refund_amount <> 0
),
-- An export that has no time of refunds gives that of something else: it is no time of a refund.
-- The clock is the money's: what was applied for and is not back yet, nobody knows of so far.
told AS (
  SELECT
    f.order_id,
    f.amount,
    f.phase,
    s.channel,
    s.month_on,
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
    month_on,
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
    s.month_on,
    s.age,
    -- Refunds that add up to more than was paid leave nothing, and never less.
    CASE
      WHEN s.refund_amount > s.gross_amount THEN 0 ELSE s.gross_amount - s.refund_amount
    END AS kept_amount,
    s.refund_amount - COALESCE(b.amount, 0) AS untold_amount,
    b.order_id IS NOT NULL AS is_timed
  FROM returned s
  LEFT JOIN by_order b ON b.order_id = s.order_id
),
pieces AS (
  SELECT
    channel,
    month_on,
    outcome,
    hours,
    CASE
      WHEN ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY hours, outcome) = 1 THEN 1 ELSE 0
    END AS is_first,
    amount
  FROM spans
  UNION ALL
  SELECT channel, month_on, 'untold', 0, CASE WHEN is_timed THEN 0 ELSE 1 END, untold_amount
  FROM rest
  WHERE untold_amount > 0
  UNION ALL
  SELECT
    channel,
    month_on,
    'kept',
    CASE WHEN age >= 1440 THEN 1440 WHEN age < 0 THEN 0 ELSE age END,
    CASE WHEN is_timed OR untold_amount > 0 THEN 0 ELSE 1 END,
    kept_amount
  FROM rest
  WHERE kept_amount > 0
  UNION ALL
  SELECT
    channel,
    month_on,
    'kept',
    CASE WHEN age >= 1440 THEN 1440 WHEN age < 0 THEN 0 ELSE age END,
    1,
    gross_amount
  FROM sold
  WHERE refund_amount = 0
)
SELECT
  channel,
  month_on,
  outcome,
  CAST(hours AS BIGINT) AS hours,
  CAST(SUM(is_first) AS BIGINT) AS orders,
  SUM(amount) AS amount,
  SUM(CAST(amount AS DOUBLE) * CAST(amount AS DOUBLE)) AS square_amount
FROM pieces
GROUP BY channel, month_on, outcome, hours
