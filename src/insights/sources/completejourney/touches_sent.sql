SELECT
  'completejourney:sent:' || c.campaign_id || ':' || c.household_id AS touch_id,
  d.start_date AS "at",
  'completejourney:' || c.household_id AS customer_id,
  'mail' AS channel,
  'sent' AS kind,
  'completejourney:' || c.campaign_id AS content_id,
  'completejourney:' || c.campaign_id AS campaign_id,
  1 AS quantity,
  c.file_row_number + 1 AS _row
FROM campaigns c
JOIN campaign_descriptions d USING (campaign_id)
