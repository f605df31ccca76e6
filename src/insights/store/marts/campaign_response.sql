-- One row per campaign that was sent to anybody by the end of `as_of`.
-- campaign_id | text | the campaign
-- title | text | its title
-- kind | text | its kind, as the calendar names it
-- starts_on | day | first day
-- ends_on | day | last day as planned
-- reached | people | customers it was sent to
-- redeemers | people | of them, those who used at least one of its coupons
-- redemptions | count | coupons used by them
-- uninvited | count | coupons used by customers it was not sent to
WITH events AS (
  SELECT t.campaign_id, t.kind, COALESCE(k.customer_id, a.customer_id, t.customer_id) AS customer_id
  FROM touches t
  LEFT JOIN customer_keys k ON k.ref = t.customer_ref
  LEFT JOIN identities a
    ON a.id_value = t.customer_id AND a.id_type = 'customer_id' AND a.namespace = 'global'
  WHERE t.kind IN ('sent', 'coupon_use') AND t.campaign_id IS NOT NULL AND t.at <= $as_of
),
sent AS (
  SELECT campaign_id, customer_id
  FROM events
  WHERE kind = 'sent' AND customer_id IS NOT NULL
  GROUP BY campaign_id, customer_id
),
used AS (
  SELECT campaign_id, customer_id, COUNT(*) AS redemptions
  FROM events
  WHERE kind = 'coupon_use' AND customer_id IS NOT NULL
  GROUP BY campaign_id, customer_id
),
strangers AS (
  SELECT u.campaign_id, SUM(u.redemptions) AS redemptions
  FROM used u
  LEFT JOIN sent s ON s.campaign_id = u.campaign_id AND s.customer_id = u.customer_id
  WHERE s.customer_id IS NULL
  GROUP BY u.campaign_id
)
SELECT
  s.campaign_id,
  MAX(c.name) AS title,
  MAX(c.slot) AS kind,
  MAX(CAST(c.starts_at AS DATE)) AS starts_on,
  MAX(CAST(c.ends_at AS DATE)) AS ends_on,
  COUNT(*) AS reached,
  COUNT(u.customer_id) AS redeemers,
  CAST(COALESCE(SUM(u.redemptions), 0) AS BIGINT) AS redemptions,
  CAST(COALESCE(MAX(x.redemptions), 0) AS BIGINT) AS uninvited
FROM sent s
LEFT JOIN used u ON u.campaign_id = s.campaign_id AND u.customer_id = s.customer_id
LEFT JOIN campaigns c ON c.campaign_id = s.campaign_id
LEFT JOIN strangers x ON x.campaign_id = s.campaign_id
GROUP BY s.campaign_id
