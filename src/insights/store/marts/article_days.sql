-- One row per article and day up to the end of `as_of` for which its platform told how it was read.
-- The official account gives sums since publication; here is what came on the day. The interface of
-- 2025 and the one that took its place count otherwise: an article is made of one of them, of the
-- newer where both tell of it, and never of both.
-- content_id | text | the article
-- on_date | day | the day
-- counted_by | text | details: the interface of November 2025; totals: the one before
-- delivered | people | fans it was delivered to, the same in all rows; NULL where it was not sent or nothing says so
-- delivered_told | 0/1 | whether the platform says so; else it is worked out from the share of them who read
-- readers | people | who read it first on this day, from whatever source
-- message_readers | people | of them, from the account's own message; NULL where the platform does not tell
-- sharers | people | who shared it first on this day
-- clickers | people | who clicked through first on this day; NULL where the platform does not tell
WITH told AS (
  SELECT
    m.entity_id AS content_id,
    m.on_date,
    MAX(CASE WHEN m.metric = 'delivered_users' THEN m.value END) AS listed,
    MAX(CASE WHEN m.metric = 'delivered_read_rate' THEN m.value END) AS read_rate,
    MAX(CASE WHEN m.metric = 'read_users_to_date' THEN m.value END) AS readers,
    MAX(CASE WHEN m.metric = 'message_read_users_to_date' THEN m.value END) AS message_readers,
    MAX(CASE WHEN m.metric = 'share_users_to_date' THEN m.value END) AS sharers,
    MAX(CASE WHEN m.metric = 'totals_delivered_users' THEN m.value END) AS old_delivered,
    MAX(CASE WHEN m.metric = 'totals_read_users_to_date' THEN m.value END) AS old_readers,
    MAX(CASE WHEN m.metric = 'totals_message_read_users_to_date' THEN m.value END)
      AS old_message_readers,
    MAX(CASE WHEN m.metric = 'totals_share_users_to_date' THEN m.value END) AS old_sharers,
    MAX(CASE WHEN m.metric = 'totals_click_users_to_date' THEN m.value END) AS old_clickers
  FROM daily_metrics m
  WHERE m.entity_kind = 'content'
    AND m.on_date <= CAST($as_of AS DATE)
    AND m.metric IN (
      'delivered_users', 'delivered_read_rate', 'read_users_to_date', 'message_read_users_to_date',
      'share_users_to_date', 'totals_delivered_users', 'totals_read_users_to_date',
      'totals_message_read_users_to_date', 'totals_share_users_to_date',
      'totals_click_users_to_date'
    )
  GROUP BY m.entity_id, m.on_date
),
whole AS (
  SELECT
    t.content_id,
    MAX(CASE WHEN t.readers IS NOT NULL THEN 1 ELSE 0 END) AS by_details,
    MAX(t.listed) AS listed,
    MAX(t.old_delivered) AS old_delivered,
    MAX(CASE WHEN t.read_rate > 0 THEN t.message_readers / t.read_rate END) AS worked_out
  FROM told t
  GROUP BY t.content_id
  -- Who lists an article in the console alone tells nothing of its readers.
  HAVING MAX(t.readers) IS NOT NULL OR MAX(t.old_readers) IS NOT NULL
),
chosen AS (
  SELECT
    t.content_id,
    t.on_date,
    w.by_details,
    CASE WHEN w.by_details = 1 THEN t.readers ELSE t.old_readers END AS readers,
    CASE WHEN w.by_details = 1 THEN t.message_readers ELSE t.old_message_readers END
      AS message_readers,
    CASE WHEN w.by_details = 1 THEN t.sharers ELSE t.old_sharers END AS sharers,
    CASE WHEN w.by_details = 1 THEN NULL ELSE t.old_clickers END AS clickers
  FROM told t
  JOIN whole w ON w.content_id = t.content_id
),
-- A sum that is restated downwards takes nothing back: the largest so far is what had come.
highest AS (
  SELECT
    content_id,
    on_date,
    by_details,
    MAX(readers) OVER (PARTITION BY content_id ORDER BY on_date) AS readers,
    MAX(message_readers) OVER (PARTITION BY content_id ORDER BY on_date) AS message_readers,
    MAX(sharers) OVER (PARTITION BY content_id ORDER BY on_date) AS sharers,
    MAX(clickers) OVER (PARTITION BY content_id ORDER BY on_date) AS clickers
  FROM chosen
  WHERE readers IS NOT NULL
),
stepped AS (
  SELECT
    content_id,
    on_date,
    by_details,
    readers,
    message_readers,
    sharers,
    clickers,
    LAG(readers) OVER (PARTITION BY content_id ORDER BY on_date) AS readers_before,
    LAG(message_readers) OVER (PARTITION BY content_id ORDER BY on_date) AS message_before,
    LAG(sharers) OVER (PARTITION BY content_id ORDER BY on_date) AS sharers_before,
    LAG(clickers) OVER (PARTITION BY content_id ORDER BY on_date) AS clickers_before
  FROM highest
)
SELECT
  s.content_id,
  s.on_date,
  CASE WHEN s.by_details = 1 THEN 'details' ELSE 'totals' END AS counted_by,
  CAST(ROUND(COALESCE(w.listed, w.old_delivered, w.worked_out)) AS BIGINT) AS delivered,
  CASE WHEN w.listed > 0 OR w.old_delivered > 0 THEN 1 ELSE 0 END AS delivered_told,
  CAST(s.readers - COALESCE(s.readers_before, 0) AS BIGINT) AS readers,
  CAST(s.message_readers - COALESCE(s.message_before, 0) AS BIGINT) AS message_readers,
  CAST(COALESCE(s.sharers, 0) - COALESCE(s.sharers_before, 0) AS BIGINT) AS sharers,
  CAST(s.clickers - COALESCE(s.clickers_before, 0) AS BIGINT) AS clickers
FROM stepped s
JOIN whole w ON w.content_id = s.content_id
