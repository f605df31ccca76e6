-- One row per article of an official account whose interface told of it, with its totals by the end of `as_of`.
-- content_id | text | the article
-- published_on | day | day on which it went out
-- headline | 0/1 | whether it stood first in its push; NULL where its place is not known
-- reads | people | who read it, from whatever source
-- looks | people | who marked it 在看; NULL where the platform does not tell
-- likes | people | who liked it; NULL where the platform does not tell
-- shares | people | who shared it; NULL where the platform does not tell
SELECT
  c.content_id,
  CAST(c.published_at AS DATE) AS published_on,
  CASE WHEN c.slot = '头条' THEN 1 WHEN c.slot IS NOT NULL THEN 0 END AS headline,
  MAX(CASE WHEN m.metric = 'read_users_to_date' THEN m.value END) AS reads,
  MAX(CASE WHEN m.metric = 'zaikan_users_to_date' THEN m.value END) AS looks,
  MAX(CASE WHEN m.metric = 'like_users_to_date' THEN m.value END) AS likes,
  MAX(CASE WHEN m.metric = 'share_users_to_date' THEN m.value END) AS shares
FROM contents c
JOIN daily_metrics m ON m.entity_kind = 'content' AND m.entity_id = c.content_id
WHERE c.kind = 'article'
  AND c.channel = 'official_account'
  AND c.published_at <= $as_of
  AND m.on_date <= CAST($as_of AS DATE)
  AND m.metric IN (
    'read_users_to_date', 'zaikan_users_to_date', 'like_users_to_date', 'share_users_to_date'
  )
GROUP BY c.content_id, c.published_at, c.slot
