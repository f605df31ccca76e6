-- One row per month: sales of the private shops, what their goods cost, and what was spent on them.
-- A cost belongs to the private domain if its kind can be nothing else, or if its channel is private.
-- month_on | day | first day of the month
-- gross_amount | money | paid in private shops, without tests and gifts
-- refund_amount | money | what of it went back by as_of
-- net_amount | money | gross less refunds
-- costed_amount | money | of the net amount, lines whose product has a unit cost
-- goods_amount | money | cost of the goods on those lines, freebies included, as far as not refunded
-- contact_amount | money | paid for contacts: incentives
-- commission_amount | money | commission of private shops and of no named channel
-- team_amount | money | labour of the private domain
-- gift_amount | money | gifts and samples
-- coupon_amount | money | coupons
-- other_amount | money | calls, media, platform fees and logistics of private channels
-- fee_amount | money | membership fees received
WITH private_orders AS (
  SELECT
    n.order_id,
    CAST(DATE_TRUNC('month', n.paid_on) AS DATE) AS month_on,
    n.gross_amount,
    n.refund_amount,
    n.net_amount,
    CASE
      WHEN n.gross_amount > 0 THEN CAST(n.net_amount AS DOUBLE) / CAST(n.gross_amount AS DOUBLE)
      ELSE 1.0
    END AS stayed
  FROM order_net n
  WHERE (n.left_out IS NULL OR n.left_out NOT IN ('test', 'gift'))
    AND n.channel IN ('youzan', 'wx_store', 'self_mall', 'wechat_transfer')
),
goods AS (
  SELECT
    l.order_id,
    SUM(CASE WHEN p.unit_cost IS NOT NULL THEN l.paid_amount ELSE 0 END) AS costed_amount,
    SUM(COALESCE(p.unit_cost * l.quantity, 0)) AS goods_amount
  FROM order_lines l
  JOIN private_orders o ON o.order_id = l.order_id
  LEFT JOIN products p ON p.product_id = l.product_id
  GROUP BY l.order_id
),
sales AS (
  SELECT
    o.month_on,
    SUM(o.gross_amount) AS gross_amount,
    SUM(o.refund_amount) AS refund_amount,
    SUM(o.net_amount) AS net_amount,
    -- Goods whose money went back came back, or never left: they cost nothing.
    SUM(CAST(COALESCE(g.costed_amount, 0) AS DOUBLE) * o.stayed) AS costed_amount,
    SUM(CAST(COALESCE(g.goods_amount, 0) AS DOUBLE) * o.stayed) AS goods_amount
  FROM private_orders o
  LEFT JOIN goods g ON g.order_id = o.order_id
  GROUP BY o.month_on
),
spent AS (
  SELECT
    CAST(DATE_TRUNC('month', c.on_date) AS DATE) AS month_on,
    CASE
      WHEN c.kind = 'contact_incentive' THEN 'contact'
      WHEN c.kind = 'commission' THEN 'commission'
      WHEN c.kind = 'labour' THEN 'team'
      WHEN c.kind IN ('gift', 'sample') THEN 'gift'
      WHEN c.kind = 'coupon' THEN 'coupon'
      ELSE 'other'
    END AS kind,
    c.amount
  FROM costs c
  WHERE c.on_date <= CAST($as_of AS DATE)
    AND (
      c.kind = 'contact_incentive'
      OR c.channel IN (
        'youzan', 'wx_store', 'self_mall', 'wechat_transfer', 'wecom', 'private'
      )
      -- Media, platform fees and logistics of no named channel are mostly those of public shops.
      OR (c.channel IS NULL AND c.kind NOT IN ('media', 'platform_fee', 'logistics'))
    )
),
spending AS (
  SELECT
    month_on,
    SUM(CASE WHEN kind = 'contact' THEN amount ELSE 0 END) AS contact_amount,
    SUM(CASE WHEN kind = 'commission' THEN amount ELSE 0 END) AS commission_amount,
    SUM(CASE WHEN kind = 'team' THEN amount ELSE 0 END) AS team_amount,
    SUM(CASE WHEN kind = 'gift' THEN amount ELSE 0 END) AS gift_amount,
    SUM(CASE WHEN kind = 'coupon' THEN amount ELSE 0 END) AS coupon_amount,
    SUM(CASE WHEN kind = 'other' THEN amount ELSE 0 END) AS other_amount
  FROM spent
  GROUP BY month_on
),
fees AS (
  SELECT
    CAST(DATE_TRUNC('month', CAST(started_at AS DATE)) AS DATE) AS month_on,
    SUM(fee_amount) AS fee_amount
  FROM memberships
  WHERE started_at <= $as_of AND fee_amount IS NOT NULL
  GROUP BY CAST(DATE_TRUNC('month', CAST(started_at AS DATE)) AS DATE)
),
every AS (
  SELECT month_on FROM sales
  UNION
  SELECT month_on FROM spending
  UNION
  SELECT month_on FROM fees
)
SELECT
  e.month_on,
  COALESCE(s.gross_amount, 0) AS gross_amount,
  COALESCE(s.refund_amount, 0) AS refund_amount,
  COALESCE(s.net_amount, 0) AS net_amount,
  COALESCE(s.costed_amount, 0) AS costed_amount,
  COALESCE(s.goods_amount, 0) AS goods_amount,
  COALESCE(p.contact_amount, 0) AS contact_amount,
  COALESCE(p.commission_amount, 0) AS commission_amount,
  COALESCE(p.team_amount, 0) AS team_amount,
  COALESCE(p.gift_amount, 0) AS gift_amount,
  COALESCE(p.coupon_amount, 0) AS coupon_amount,
  COALESCE(p.other_amount, 0) AS other_amount,
  COALESCE(f.fee_amount, 0) AS fee_amount
FROM every e
LEFT JOIN sales s ON s.month_on = e.month_on
LEFT JOIN spending p ON p.month_on = e.month_on
LEFT JOIN fees f ON f.month_on = e.month_on
