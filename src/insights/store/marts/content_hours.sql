-- One row per content and hour of age, up to thirty days, in which somebody first answered.
-- Of contents whose answers are known one by one; platforms that give totals a day have no hours.
-- content_id | text | the content
-- kind | text | article, moment, mass_msg, group_post, live, short_video, note, coupon, mailer
-- published_on | day | day on which it went out
-- hour_no | hours | whole hours from its publication to the answer
-- opened | people | read it first in this hour
-- responded | people | liked, commented or replied first in this hour
-- clicked | people | clicked first in this hour
-- redeemed | people | used a coupon of it first in this hour
WITH parts AS (
  SELECT
    c.content_id,
    c.kind,
    CAST(c.published_at AS DATE) AS published_on,
    d.day_no AS published_no,
    CAST(HOUR(c.published_at) AS BIGINT) AS published_hour,
    CAST(MINUTE(c.published_at) AS BIGINT) AS published_part
  FROM contents c
  JOIN calendar d ON d.on_date = CAST(c.published_at AS DATE)
  -- Midnight to the second is what a bare day becomes: no hour can be counted from it.
  WHERE c.published_at <= $as_of
    AND c.published_at > CAST(CAST(c.published_at AS DATE) AS TIMESTAMP)
),
heads AS (
  SELECT
    content_id,
    kind,
    published_on,
    published_no * 1440 + published_hour * 60 + published_part AS published_minute
  FROM parts
),
dated AS (
  SELECT content_id, opened_at AS answered_at, 1 AS opened, 0 AS responded, 0 AS clicked,
    0 AS redeemed
  FROM first_answers WHERE opened_at IS NOT NULL
  UNION ALL
  SELECT content_id, responded_at, 0, 1, 0, 0 FROM first_answers WHERE responded_at IS NOT NULL
  UNION ALL
  SELECT content_id, clicked_at, 0, 0, 1, 0 FROM first_answers WHERE clicked_at IS NOT NULL
  UNION ALL
  SELECT content_id, redeemed_at, 0, 0, 0, 1 FROM first_answers WHERE redeemed_at IS NOT NULL
),
clock AS (
  SELECT
    d.content_id,
    n.day_no AS answered_no,
    CAST(HOUR(d.answered_at) AS BIGINT) AS answered_hour,
    CAST(MINUTE(d.answered_at) AS BIGINT) AS answered_part,
    d.opened,
    d.responded,
    d.clicked,
    d.redeemed
  FROM dated d
  JOIN calendar n ON n.on_date = CAST(d.answered_at AS DATE)
),
aged AS (
  SELECT
    h.content_id,
    h.kind,
    h.published_on,
    CAST(
      FLOOR(
        (k.answered_no * 1440 + k.answered_hour * 60 + k.answered_part - h.published_minute) / 60.0
      ) AS BIGINT
    ) AS hour_no,
    k.opened,
    k.responded,
    k.clicked,
    k.redeemed
  FROM clock k
  JOIN heads h ON h.content_id = k.content_id
)
SELECT
  content_id,
  kind,
  published_on,
  hour_no,
  SUM(opened) AS opened,
  SUM(responded) AS responded,
  SUM(clicked) AS clicked,
  SUM(redeemed) AS redeemed
FROM aged
WHERE hour_no >= 0 AND hour_no < 720
GROUP BY content_id, kind, published_on, hour_no
