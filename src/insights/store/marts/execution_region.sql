-- One row per content sent or posted by guides in the 13 weeks up to `as_of`, and region of guides.
-- content_id | text | the content
-- kind | text | mass_msg or moment
-- published_on | day | day on which it went out
-- region | text | sales region of the guides; NULL where the staff table has none
-- asked | people | guides with friends on the day: whom the brand could ask
-- tasked | people | staff whom the brand did ask, all regions together, as WeCom totals it; NULL if not loaded
-- done | people | staff who did it, all regions together, as WeCom totals it; NULL if not loaded
-- published | people | guides of the region by whom at least one friend was reached
-- seen | people | friends whom it reached; of a post nobody lists the readers of: NULL
-- liked | people | friends who liked it or commented on it
WITH recent AS (
  SELECT c.content_id, c.kind, CAST(c.published_at AS DATE) AS published_on, d.day_no
  FROM contents c
  JOIN calendar d ON d.on_date = CAST(c.published_at AS DATE)
  JOIN calendar z ON z.on_date = CAST($as_of AS DATE)
  WHERE c.kind IN ('mass_msg', 'moment') AND c.published_at <= $as_of AND d.day_no > z.day_no - 91
),
guides AS (
  SELECT r.content_id, f.region, COUNT(DISTINCT f.staff_id) AS asked
  FROM recent r
  JOIN friendships f
    ON f.added_no <= r.day_no AND (f.ended_no IS NULL OR f.ended_no > r.day_no)
  WHERE f.role = 'guide'
  GROUP BY r.content_id, f.region
),
tasks AS (
  SELECT
    m.entity_id AS content_id,
    MAX(CASE WHEN m.metric = 'staff_asked' THEN m.value END) AS tasked,
    MAX(CASE WHEN m.metric = 'staff_done' THEN m.value END) AS done
  FROM daily_metrics m
  WHERE m.entity_kind = 'content' AND m.metric IN ('staff_asked', 'staff_done')
  GROUP BY m.entity_id
),
events AS (
  SELECT
    r.content_id,
    s.region,
    COUNT(DISTINCT CASE WHEN t.kind IN ('sent', 'delivered') THEN t.staff_id END) AS published,
    COUNT(CASE WHEN t.kind IN ('sent', 'delivered') THEN 1 END) AS seen,
    COUNT(DISTINCT CASE WHEN t.kind IN ('like', 'comment')
      THEN COALESCE(t.customer_ref, t.customer_id) || ':' || t.staff_id END) AS liked
  FROM recent r
  JOIN touches t ON t.content_id = r.content_id
  JOIN staff s ON s.staff_id = t.staff_id
  WHERE s.role = 'guide' AND t.at <= $as_of
  GROUP BY r.content_id, s.region
)
SELECT
  r.content_id,
  r.kind,
  r.published_on,
  g.region,
  g.asked,
  CAST(k.tasked AS BIGINT) AS tasked,
  CAST(k.done AS BIGINT) AS done,
  COALESCE(e.published, 0) AS published,
  CASE WHEN r.kind = 'mass_msg' OR e.seen > 0 THEN COALESCE(e.seen, 0) END AS seen,
  COALESCE(e.liked, 0) AS liked
FROM recent r
JOIN guides g ON g.content_id = r.content_id
LEFT JOIN events e ON e.content_id = r.content_id AND (e.region = g.region OR (e.region IS NULL AND g.region IS NULL))
LEFT JOIN tasks k ON k.content_id = r.content_id
