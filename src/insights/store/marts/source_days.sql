-- One row per source, table and day with events by the end of `as_of`.
-- source | text | the system from which the rows came
-- table_name | text | the canonical table
-- on_date | day | the day
-- rows | count | events of the day
WITH events AS (
  SELECT source, 'orders' AS table_name, CAST(created_at AS DATE) AS on_date
  FROM orders WHERE created_at <= $as_of
  UNION ALL
  SELECT source, 'refunds', CAST(refunded_at AS DATE) FROM refunds WHERE refunded_at <= $as_of
  UNION ALL
  SELECT source, 'contacts', CAST(added_at AS DATE) FROM contacts WHERE added_at <= $as_of
  UNION ALL
  SELECT source, 'memberships', CAST(started_at AS DATE)
  FROM memberships WHERE started_at <= $as_of
  UNION ALL
  SELECT source, 'touches', CAST(t.at AS DATE) FROM touches t WHERE t.at <= $as_of
  UNION ALL
  SELECT source, 'contents', CAST(published_at AS DATE)
  FROM contents WHERE published_at <= $as_of
  UNION ALL
  SELECT source, 'daily_metrics', CAST(on_date AS DATE)
  FROM daily_metrics WHERE on_date <= $as_of
)
SELECT source, table_name, on_date, COUNT(*) AS "rows"
FROM events
GROUP BY source, table_name, on_date
