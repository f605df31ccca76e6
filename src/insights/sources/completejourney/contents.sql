-- A campaign is one mailing with a booklet of coupons.
SELECT
  'completejourney:' || d.campaign_id AS content_id,
  'mailer' AS kind,
  'mail' AS channel,
  'Campaign ' || d.campaign_id AS title,
  [d.campaign_type] AS topics,
  list_sort(list_distinct(list(CAST(c.product_id AS VARCHAR)))) AS product_ids,
  min(d.start_date) AS published_at,
  d.campaign_type AS slot,
  'completejourney:' || d.campaign_id AS campaign_id,
  min(s.households) AS audience_size,
  min(d.file_row_number) + 1 AS _row
FROM campaign_descriptions d
LEFT JOIN coupons c USING (campaign_id)
LEFT JOIN (
  SELECT campaign_id, count(*) AS households FROM campaigns GROUP BY campaign_id
) s USING (campaign_id)
GROUP BY d.campaign_id, d.campaign_type
