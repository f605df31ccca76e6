-- Dates have no time of day: a campaign starts with its first day and ends with its last.
SELECT
  'completejourney:' || campaign_id AS campaign_id,
  'Campaign ' || campaign_id AS name,
  campaign_type AS slot,
  'mail' AS channel,
  start_date AS starts_at,
  end_date + INTERVAL 1 DAY - INTERVAL 1 SECOND AS ends_at,
  false AS is_experiment,
  file_row_number + 1 AS _row
FROM campaign_descriptions
