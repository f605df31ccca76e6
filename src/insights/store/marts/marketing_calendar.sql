-- One row per campaign of the marketing calendar that had begun by the end of `as_of`.
-- campaign_id | text | the campaign
-- title | text | its name
-- slot | text | its slot of the calendar, such as member day or launch
-- starts_on | day | first day
-- ends_on | day | last day, as planned
-- first_no | days | first day as a number
-- last_no | days | last day as a number
SELECT
  g.campaign_id,
  g.name AS title,
  g.slot,
  CAST(g.starts_at AS DATE) AS starts_on,
  CAST(g.ends_at AS DATE) AS ends_on,
  a.day_no AS first_no,
  b.day_no AS last_no
FROM campaigns g
JOIN calendar a ON a.on_date = CAST(g.starts_at AS DATE)
JOIN calendar b ON b.on_date = CAST(g.ends_at AS DATE)
WHERE g.starts_at <= $as_of AND g.slot IS NOT NULL
