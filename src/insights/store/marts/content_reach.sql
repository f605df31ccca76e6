-- One row per content that had gone out by the end of `as_of`, or campaign of coupons without one.
-- Whom it reached is declared by kind: who was sent it; of articles, to whom they were delivered;
-- of Moments, who received them, else friendships at the time; of others, the audience as exported.
-- Answers count once a person (of Moments once a friendship), and only of those who were reached.
-- content_id | text | the content, or the campaign where the touches name no content
-- kind | text | article, moment, mass_msg, group_post, live, short_video, note, coupon, mailer
-- channel | text | channel that carried it
-- title | text | its title, where it has one
-- slot | text | its place in the push, where it has one
-- published_on | day | day on which it went out
-- day_no | days | that day as a number, so that two of them subtract
-- basis | text | what reached is: sent, received, delivered, worked_out, shown, friendships, audience; NULL if not known
-- addressed | people | whom it was meant for: sent and failed; NULL where nothing says so
-- reached | people | the declared denominator
-- opened | people | who read it from the message that was delivered, viewers; NULL where not told
-- elsewhere | people | who read an article otherwise, such as forwarded: of nobody it was delivered to
-- counted_by | text | of articles the interface that counted: details (since November 2025), totals
-- responded | people | of the reached, those who liked, commented or replied; shares of an article
-- clicked | people | of the reached, those who clicked
-- redeemed | people | of the reached, those who used a coupon of it
-- strangers | people | those who answered and were not reached
-- complete | 0/1 | whether 30 days have passed, after which platforms stop counting
WITH seen AS (
  SELECT
    t.kind,
    t.at AS touched_at,
    CASE WHEN t.content_id IS NULL THEN t.campaign_id ELSE t.content_id END AS content_id,
    CASE WHEN t.content_id IS NULL THEN 1 ELSE 0 END AS by_campaign
  FROM touches t
  WHERE t.at <= $as_of
    AND (
      t.content_id IS NOT NULL
      OR (t.campaign_id IS NOT NULL AND t.kind IN ('sent', 'coupon_issue', 'coupon_use'))
    )
),
-- A message or a post is sent to a person once: its rows are the people, and need no DISTINCT,
-- which over hundreds of millions of them would not fit into memory.
counted AS (
  SELECT
    content_id,
    MAX(by_campaign) AS by_campaign,
    MIN(CASE WHEN kind IN ('sent', 'coupon_issue') THEN touched_at END) AS first_at,
    COUNT(CASE WHEN kind = 'sent' THEN 1 END) AS sent,
    COUNT(CASE WHEN kind = 'coupon_issue' THEN 1 END) AS issued,
    COUNT(CASE WHEN kind = 'failed' THEN 1 END) AS failed,
    COUNT(CASE WHEN kind = 'delivered' THEN 1 END) AS received
  FROM seen
  GROUP BY content_id
),
answered AS (
  SELECT
    content_id,
    SUM(invited) AS invited,
    COUNT(*) - SUM(invited) AS strangers,
    SUM(CASE WHEN invited = 1 AND opened_at IS NOT NULL THEN 1 ELSE 0 END) AS opened,
    SUM(CASE WHEN invited = 1 AND responded_at IS NOT NULL THEN 1 ELSE 0 END) AS responded,
    SUM(CASE WHEN invited = 1 AND clicked_at IS NOT NULL THEN 1 ELSE 0 END) AS clicked,
    SUM(CASE WHEN invited = 1 AND redeemed_at IS NOT NULL THEN 1 ELSE 0 END) AS redeemed,
    COUNT(opened_at) AS all_opened,
    COUNT(responded_at) AS all_responded,
    COUNT(clicked_at) AS all_clicked
  FROM first_answers
  GROUP BY content_id
),
totals AS (
  SELECT
    m.entity_id AS content_id,
    SUM(CASE WHEN m.metric = 'impression_users' THEN m.value END) AS reached,
    1 AS told,
    SUM(CASE WHEN m.metric = 'viewer_users' THEN m.value END) AS opened,
    CAST(NULL AS DOUBLE) AS elsewhere,
    SUM(CASE WHEN m.metric IN ('share_users', 'like_users') THEN m.value END) AS responded,
    SUM(CASE WHEN m.metric = 'click_users' THEN m.value END) AS clicked,
    CAST(NULL AS TEXT) AS counted_by
  FROM daily_metrics m
  WHERE m.entity_kind IN ('content', 'live')
    AND m.on_date <= CAST($as_of AS DATE)
    AND m.metric IN (
      'impression_users', 'viewer_users', 'share_users', 'like_users', 'click_users'
    )
  GROUP BY m.entity_id
  UNION ALL
  SELECT
    content_id,
    MAX(delivered) AS reached,
    MAX(delivered_told) AS told,
    SUM(message_readers) AS opened,
    SUM(readers) - SUM(message_readers) AS elsewhere,
    SUM(sharers) AS responded,
    SUM(clickers) AS clicked,
    MAX(counted_by) AS counted_by
  FROM article_days
  GROUP BY content_id
),
-- Friendships that begin less those that end, day by day: who could see a post of Moments.
changes AS (
  SELECT CAST(added_at AS DATE) AS on_date, 1 AS step FROM contacts WHERE added_at <= $as_of
  UNION ALL
  SELECT CAST(deleted_at AS DATE) AS on_date, -1 AS step FROM contacts WHERE deleted_at <= $as_of
),
friendships AS (
  SELECT on_date, SUM(SUM(step)) OVER (ORDER BY on_date) AS friends
  FROM changes
  GROUP BY on_date
),
shown AS (
  SELECT c.content_id, MAX(f.on_date) AS on_date
  FROM contents c
  JOIN friendships f ON f.on_date <= CAST(c.published_at AS DATE)
  WHERE c.kind = 'moment'
  GROUP BY c.content_id
),
pieces AS (
  SELECT content_id, kind, channel, title, slot, published_at, audience_size
  FROM contents
  UNION ALL
  SELECT
    n.content_id,
    'coupon' AS kind,
    g.channel,
    g.name AS title,
    g.slot,
    COALESCE(n.first_at, g.starts_at) AS published_at,
    CAST(NULL AS BIGINT) AS audience_size
  FROM counted n
  JOIN campaigns g ON g.campaign_id = n.content_id
  WHERE n.by_campaign = 1 AND n.sent + n.issued > 0
),
based AS (
  SELECT
    p.*,
    n.sent,
    n.failed,
    CASE
      WHEN p.kind = 'moment' AND n.received > 0 THEN 'received'
      WHEN p.kind = 'moment' THEN CASE WHEN f.friends > 0 THEN 'friendships' END
      WHEN p.kind = 'coupon' AND n.issued > 0 THEN 'sent'
      WHEN n.sent > 0 THEN 'sent'
      WHEN t.reached > 0 AND t.told = 0 THEN 'worked_out'
      WHEN t.reached > 0 AND p.kind <> 'article' THEN 'shown'
      WHEN t.reached > 0 THEN 'delivered'
      WHEN p.audience_size > 0 THEN 'audience'
    END AS basis,
    CASE
      WHEN p.kind = 'moment' AND n.received > 0 THEN n.received
      WHEN p.kind = 'moment' THEN f.friends
      WHEN p.kind = 'coupon' AND n.issued > 0 THEN n.issued
      WHEN n.sent > 0 THEN n.sent
      WHEN t.reached > 0 THEN t.reached
      ELSE p.audience_size
    END AS reached
  FROM pieces p
  LEFT JOIN counted n ON n.content_id = p.content_id
  LEFT JOIN totals t ON t.content_id = p.content_id
  LEFT JOIN shown s ON s.content_id = p.content_id
  LEFT JOIN friendships f ON f.on_date = s.on_date
)
SELECT
  b.content_id,
  b.kind,
  b.channel,
  b.title,
  b.slot,
  CAST(b.published_at AS DATE) AS published_on,
  c.day_no,
  b.basis,
  CASE WHEN b.failed > 0 THEN b.sent + b.failed END AS addressed,
  CAST(b.reached AS BIGINT) AS reached,
  CAST(COALESCE(t.opened, CASE WHEN a.all_opened > 0 THEN a.opened END) AS BIGINT) AS opened,
  CAST(t.elsewhere AS BIGINT) AS elsewhere,
  t.counted_by,
  -- Friendships have no list to look an answer up in: all answers count.
  CAST(
    COALESCE(t.responded, CASE WHEN b.basis = 'friendships' THEN a.all_responded ELSE a.responded END)
    AS BIGINT
  ) AS responded,
  CAST(
    COALESCE(t.clicked, CASE WHEN b.basis = 'friendships' THEN a.all_clicked ELSE a.clicked END)
    AS BIGINT
  ) AS clicked,
  CAST(a.redeemed AS BIGINT) AS redeemed,
  CAST(CASE WHEN b.basis IN ('sent', 'received') THEN COALESCE(a.strangers, 0) ELSE 0 END AS BIGINT)
    AS strangers,
  CASE WHEN z.day_no - c.day_no >= 30 THEN 1 ELSE 0 END AS complete
FROM based b
JOIN calendar c ON c.on_date = CAST(b.published_at AS DATE)
JOIN calendar z ON z.on_date = CAST($as_of AS DATE)
LEFT JOIN answered a ON a.content_id = b.content_id
LEFT JOIN totals t ON t.content_id = b.content_id
