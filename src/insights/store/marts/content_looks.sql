-- One row per content, audience and day of age: the day of publication, and each later one up to the thirtieth on which somebody answered.
-- An audience is the sales region of the account that sent it; platforms that give totals have one.
-- Answers count on the day of a person's first; whom it reached is the same in all rows of an audience.
-- content_id | text | the content, or the campaign where the touches name no content
-- kind | text | article, moment, mass_msg, group_post, live, short_video, note, coupon, mailer
-- title | text | its title, where it has one
-- topics | list of text | what it is about, where the source says
-- slot | text | its place in the push, where it has one
-- push | text | the push that it was part of, else what went out by the same channel at the same time
-- drawn_by_lot | true/false | whether its place in the push was drawn by lot; NULL where nobody says so
-- source | text | who counted: of articles the interface, details (since November 2025) or totals
-- author | text | account that made it, where known
-- daypart | text | when it went out: early, morning, noon, afternoon, evening; NULL where only its day is known
-- published_on | day | day on which it went out
-- audience | text | sales region of the sending accounts; NULL for totals or where not known
-- reached | people | the declared denominator of this audience, see `content_reach`
-- age_days | days | days after the day of publication
-- opened | people | who read it from the message that was delivered, viewers, first on this day; NULL where not told
-- responded | people | those who liked, commented or replied first on this day; shares of an article
-- clicked | people | those who clicked first on this day
-- redeemed | people | those who used a coupon of it first on this day
WITH heads AS (
  SELECT
    r.content_id,
    r.kind,
    r.channel,
    r.title,
    r.slot,
    r.basis,
    r.reached,
    r.published_on,
    r.day_no,
    c.topics,
    c.creator_staff_id AS author,
    c.published_at,
    c.push,
    c.drawn_by_lot,
    r.counted_by,
    -- Midnight to the second is what a bare day becomes.
    CASE WHEN c.published_at > CAST(r.published_on AS TIMESTAMP) THEN HOUR(c.published_at) END
      AS hour_no
  FROM content_reach r
  LEFT JOIN contents c ON c.content_id = r.content_id
  WHERE r.reached > 0
),
sent AS (
  SELECT h.content_id, s.region AS audience, COUNT(*) AS reached
  FROM touches t
  JOIN heads h ON h.content_id = COALESCE(t.content_id, t.campaign_id)
  LEFT JOIN staff s ON s.staff_id = t.staff_id
  WHERE t.at <= $as_of
    AND (
      (h.basis = 'sent' AND t.kind IN ('sent', 'coupon_issue'))
      OR (h.basis = 'received' AND t.kind = 'delivered')
    )
  GROUP BY h.content_id, s.region
),
-- Friendships that begin less those that end, by region and day: who could see a post of Moments.
changes AS (
  SELECT s.region, CAST(c.added_at AS DATE) AS on_date, 1 AS step
  FROM contacts c
  LEFT JOIN staff s ON s.staff_id = c.staff_id
  WHERE c.added_at <= $as_of
  UNION ALL
  SELECT s.region, CAST(c.deleted_at AS DATE) AS on_date, -1 AS step
  FROM contacts c
  LEFT JOIN staff s ON s.staff_id = c.staff_id
  WHERE c.deleted_at <= $as_of
),
standing AS (
  SELECT
    COALESCE(region, '') AS region,
    on_date,
    SUM(SUM(step)) OVER (PARTITION BY COALESCE(region, '') ORDER BY on_date) AS friends
  FROM changes
  GROUP BY COALESCE(region, ''), on_date
),
latest AS (
  SELECT h.content_id, f.region, MAX(f.on_date) AS on_date
  FROM heads h
  JOIN standing f ON f.on_date <= h.published_on
  WHERE h.basis = 'friendships'
  GROUP BY h.content_id, f.region
),
bases AS (
  SELECT content_id, audience, reached FROM sent
  UNION ALL
  SELECT l.content_id, CASE WHEN l.region <> '' THEN l.region END AS audience, f.friends AS reached
  FROM latest l
  JOIN standing f ON f.region = l.region AND f.on_date = l.on_date
  WHERE f.friends > 0
  UNION ALL
  SELECT content_id, CAST(NULL AS TEXT) AS audience, reached
  FROM heads
  WHERE basis IN ('delivered', 'worked_out', 'shown', 'audience')
),
counted AS (
  SELECT f.*, s.region AS audience
  FROM first_answers f
  JOIN heads h ON h.content_id = f.content_id
  LEFT JOIN staff s ON s.staff_id = f.staff_id
  WHERE h.basis = 'friendships' OR (h.basis IN ('sent', 'received') AND f.invited = 1)
),
dated AS (
  SELECT content_id, audience, CAST(opened_at AS DATE) AS on_date, 1 AS opened, 0 AS responded, 0 AS clicked,
    0 AS redeemed
  FROM counted WHERE opened_at IS NOT NULL
  UNION ALL
  SELECT content_id, audience, CAST(responded_at AS DATE), 0, 1, 0, 0 FROM counted WHERE responded_at IS NOT NULL
  UNION ALL
  SELECT content_id, audience, CAST(clicked_at AS DATE), 0, 0, 1, 0 FROM counted WHERE clicked_at IS NOT NULL
  UNION ALL
  SELECT content_id, audience, CAST(redeemed_at AS DATE), 0, 0, 0, 1 FROM counted WHERE redeemed_at IS NOT NULL
  UNION ALL
  SELECT
    h.content_id,
    CAST(NULL AS TEXT) AS audience,
    m.on_date,
    CASE WHEN m.metric = 'viewer_users' THEN m.value ELSE 0 END,
    CASE WHEN m.metric IN ('share_users', 'like_users') THEN m.value ELSE 0 END,
    CASE WHEN m.metric = 'click_users' THEN m.value ELSE 0 END,
    0
  FROM daily_metrics m
  JOIN heads h ON h.content_id = m.entity_id
  WHERE m.entity_kind IN ('content', 'live')
    AND m.on_date <= CAST($as_of AS DATE)
    AND h.basis IN ('shown', 'audience')
    AND m.metric IN ('viewer_users', 'share_users', 'like_users', 'click_users')
  UNION ALL
  SELECT
    h.content_id,
    CAST(NULL AS TEXT) AS audience,
    d.on_date,
    COALESCE(d.message_readers, 0),
    COALESCE(d.sharers, 0),
    COALESCE(d.clickers, 0),
    0
  FROM article_days d
  JOIN heads h ON h.content_id = d.content_id
  WHERE h.basis IN ('delivered', 'worked_out', 'audience')
),
aged AS (
  SELECT
    d.content_id,
    d.audience,
    CASE WHEN n.day_no > h.day_no THEN n.day_no - h.day_no ELSE 0 END AS age_days,
    d.opened,
    d.responded,
    d.clicked,
    d.redeemed
  FROM dated d
  JOIN heads h ON h.content_id = d.content_id
  JOIN calendar n ON n.on_date = d.on_date
  UNION ALL
  SELECT content_id, audience, 0 AS age_days, 0 AS opened, 0 AS responded, 0 AS clicked, 0 AS redeemed
  FROM bases
),
summed AS (
  SELECT
    content_id,
    COALESCE(audience, '') AS audience,
    age_days,
    SUM(opened) AS opened,
    SUM(responded) AS responded,
    SUM(clicked) AS clicked,
    SUM(redeemed) AS redeemed
  FROM aged
  WHERE age_days <= 30
  GROUP BY content_id, COALESCE(audience, ''), age_days
),
told AS (
  SELECT content_id, SUM(opened) AS opened FROM summed GROUP BY content_id
)
SELECT
  h.content_id,
  h.kind,
  h.title,
  h.topics,
  h.slot,
  COALESCE(h.push, h.channel || ' ' || CAST(h.published_at AS TEXT)) AS push,
  h.drawn_by_lot,
  h.counted_by AS source,
  h.author,
  CASE
    WHEN h.hour_no < 8 THEN 'early'
    WHEN h.hour_no < 11 THEN 'morning'
    WHEN h.hour_no < 14 THEN 'noon'
    WHEN h.hour_no < 18 THEN 'afternoon'
    WHEN h.hour_no IS NOT NULL THEN 'evening'
  END AS daypart,
  h.published_on,
  b.audience,
  CAST(b.reached AS BIGINT) AS reached,
  s.age_days,
  CASE WHEN t.opened > 0 THEN CAST(s.opened AS BIGINT) END AS opened,
  CAST(s.responded AS BIGINT) AS responded,
  CAST(s.clicked AS BIGINT) AS clicked,
  CAST(s.redeemed AS BIGINT) AS redeemed
FROM summed s
JOIN heads h ON h.content_id = s.content_id
JOIN told t ON t.content_id = s.content_id
JOIN bases b ON b.content_id = s.content_id AND COALESCE(b.audience, '') = s.audience
