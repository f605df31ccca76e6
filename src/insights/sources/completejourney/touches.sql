SELECT
  'completejourney:sent:' || c.campaign_id || ':' || c.household_id AS touch_id,
  d.start_date AS at,
  'completejourney:' || c.household_id AS customer_id,
  'mail' AS channel,
  'sent' AS kind,
  'completejourney:' || c.campaign_id AS content_id,
  'completejourney:' || c.campaign_id AS campaign_id,
  1 AS quantity,
  c.file_row_number + 1 AS _row
FROM campaigns c
JOIN campaign_descriptions d USING (campaign_id)
UNION ALL
-- A household may hand in the same coupon twice: the number tells the two apart.
SELECT
  concat_ws(':', 'completejourney:used', campaign_id, household_id, coupon_upc,
            CAST(redemption_date AS DATE),
            row_number() OVER (PARTITION BY campaign_id, household_id, coupon_upc, redemption_date
                               ORDER BY file_row_number)),
  redemption_date,
  'completejourney:' || household_id,
  'store',
  'coupon_use',
  'completejourney:' || campaign_id,
  'completejourney:' || campaign_id,
  1,
  file_row_number + 1
FROM coupon_redemptions
