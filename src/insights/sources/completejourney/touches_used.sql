-- A household may hand in the same coupon twice: the number tells the two apart.
SELECT
  concat_ws(':', 'completejourney:used', campaign_id, household_id, coupon_upc,
            CAST(redemption_date AS DATE),
            row_number() OVER (PARTITION BY campaign_id, household_id, coupon_upc,
                                            CAST(redemption_date AS DATE)
                               ORDER BY file_row_number)) AS touch_id,
  redemption_date AS "at",
  'completejourney:' || household_id AS customer_id,
  'store' AS channel,
  'coupon_use' AS kind,
  'completejourney:' || campaign_id AS content_id,
  'completejourney:' || campaign_id AS campaign_id,
  1 AS quantity,
  file_row_number + 1 AS _row
FROM coupon_redemptions
