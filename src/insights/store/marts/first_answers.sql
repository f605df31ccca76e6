-- One row per content and person who answered it (of Moments: friendship) up to the end of `as_of`.
-- A campaign of coupons stands for a content where the touches name none.
-- content_id | text | the content, or the campaign where the touches name no content
-- who | text | the person at the source; of Moments with the account whose post it was
-- staff_id | text | the account that took part
-- invited | 0/1 | whether the person had been sent it, received it, or been given the coupon
-- opened_at | moment | first read
-- responded_at | moment | first like, comment or reply
-- clicked_at | moment | first click
-- redeemed_at | moment | first use of a coupon
WITH named AS (
  SELECT
    CASE WHEN t.content_id IS NULL THEN t.campaign_id ELSE t.content_id END AS content_id,
    t.kind,
    t.at AS touched_at,
    t.staff_id,
    -- A post of Moments is seen once a friendship; everything else is sent to a person.
    CASE
      WHEN t.channel = 'moments'
        THEN COALESCE(t.customer_ref, t.customer_id) || ':' || COALESCE(t.staff_id, '')
      ELSE COALESCE(t.customer_ref, t.customer_id)
    END AS who
  FROM touches t
  WHERE t.at <= $as_of
    AND (
      t.content_id IS NOT NULL
      OR (t.campaign_id IS NOT NULL AND t.kind IN ('sent', 'coupon_issue', 'coupon_use'))
    )
),
firsts AS (
  SELECT
    content_id,
    who,
    MIN(staff_id) AS staff_id,
    MIN(CASE WHEN kind = 'read' THEN touched_at END) AS opened_at,
    MIN(CASE WHEN kind IN ('like', 'comment', 'reply_in') THEN touched_at END) AS responded_at,
    MIN(CASE WHEN kind = 'click' THEN touched_at END) AS clicked_at,
    MIN(CASE WHEN kind = 'coupon_use' THEN touched_at END) AS redeemed_at
  FROM named
  WHERE who IS NOT NULL
    AND kind IN ('read', 'like', 'comment', 'reply_in', 'click', 'coupon_use')
  GROUP BY content_id, who
),
-- Only those who answered are looked for among those who were reached: few against many.
invited AS (
  SELECT f.content_id, f.who
  FROM firsts f
  JOIN named n ON n.content_id = f.content_id AND n.who = f.who
  WHERE n.kind IN ('sent', 'delivered', 'coupon_issue')
  GROUP BY f.content_id, f.who
)
SELECT
  f.content_id,
  f.who,
  f.staff_id,
  CASE WHEN i.who IS NOT NULL THEN 1 ELSE 0 END AS invited,
  f.opened_at,
  f.responded_at,
  f.clicked_at,
  f.redeemed_at
FROM firsts f
LEFT JOIN invited i ON i.content_id = f.content_id AND i.who = f.who
