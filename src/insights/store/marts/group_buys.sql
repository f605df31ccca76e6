-- One row per group-buy and hour of it: what was sold in campaigns that orders name.
-- A campaign whose slot or offer names a group-buy (团购, 拼团, group) and at most a week long.
-- campaign_id | text | the group-buy
-- title | text | its name
-- starts_on | day | first day
-- hour_no | hours | whole hours from its start to the payment
-- length_hours | hours | from its start to its end, as planned
-- orders | count | orders paid in the hour
-- pieces | count | pieces in them
-- net_amount | money | net sales of them
WITH held AS (
  SELECT campaign_id, name, starts_at, ends_at
  FROM campaigns
  WHERE starts_at <= $as_of
    AND (
      COALESCE(slot, '') LIKE '%团购%' OR COALESCE(offer, '') LIKE '%团购%'
      OR COALESCE(slot, '') LIKE '%拼团%' OR COALESCE(offer, '') LIKE '%拼团%'
      OR LOWER(COALESCE(slot, '')) LIKE '%group%'
    )
),
parts AS (
  SELECT
    h.campaign_id,
    h.name,
    h.starts_at,
    a.day_no AS start_no,
    b.day_no AS end_no,
    CAST(HOUR(h.starts_at) AS BIGINT) AS start_of_day,
    CAST(HOUR(h.ends_at) AS BIGINT) AS end_of_day
  FROM held h
  JOIN calendar a ON a.on_date = CAST(h.starts_at AS DATE)
  JOIN calendar b ON b.on_date = CAST(h.ends_at AS DATE)
),
clock AS (
  SELECT
    campaign_id,
    name,
    starts_at,
    start_no * 24 + start_of_day AS start_hour,
    end_no * 24 + end_of_day AS end_hour
  FROM parts
),
paid AS (
  SELECT
    o.campaign_id,
    n.order_id,
    d.day_no AS paid_no,
    CAST(HOUR(n.paid_at) AS BIGINT) AS paid_of_day,
    n.net_amount
  FROM order_net n
  JOIN orders o ON o.order_id = n.order_id
  JOIN calendar d ON d.on_date = n.paid_on
  WHERE o.campaign_id IS NOT NULL AND n.left_out IS NULL
),
sold AS (
  SELECT campaign_id, order_id, paid_no * 24 + paid_of_day AS paid_hour, net_amount FROM paid
),
pieces AS (
  SELECT l.order_id, SUM(l.quantity) AS quantity
  FROM order_lines l
  JOIN sold s ON s.order_id = l.order_id
  WHERE NOT l.is_freebie
  GROUP BY l.order_id
)
SELECT
  c.campaign_id,
  c.name AS title,
  CAST(c.starts_at AS DATE) AS starts_on,
  s.paid_hour - c.start_hour AS hour_no,
  c.end_hour - c.start_hour AS length_hours,
  COUNT(*) AS orders,
  CAST(SUM(COALESCE(p.quantity, 1)) AS BIGINT) AS pieces,
  SUM(s.net_amount) AS net_amount
FROM sold s
JOIN clock c ON c.campaign_id = s.campaign_id
LEFT JOIN pieces p ON p.order_id = s.order_id
WHERE s.paid_hour >= c.start_hour AND c.end_hour - c.start_hour <= 168
GROUP BY c.campaign_id, c.name, CAST(c.starts_at AS DATE), s.paid_hour - c.start_hour, c.end_hour - c.start_hour
