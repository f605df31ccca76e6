-- One row per week, set of channels that touched the buyer in the days before, and last of them.
-- How many days is the brand's to declare (claim_days in insights.toml, seven if it says nothing).
-- Purchases in the 26 weeks up to `as_of`, of known customers and such as name the content that they
-- were placed from: that is a touch at the moment of payment. A purchase that no channel touched has
-- its own row. The money of a row is in no other row: each yuan counts once.
-- week_on | day | Monday of the week of payment
-- window_days | days | a touch so many days before the payment claims it, as declared
-- known | 0/1 | whether the buyers are known customers; of others only purchases that name a content
-- last_by | text | channel of the last touch before payment; NULL where there was none
-- mass_msg | 0/1 | sent a mass message
-- moments | 0/1 | liked or commented on a post of Moments
-- group_chat | 0/1 | spoke or clicked in a group
-- article | 0/1 | read or clicked an article, known by person
-- live | 0/1 | came to or acted in a livestream, known by person; or placed from it
-- short_video | 0/1 | placed from a short video
-- note | 0/1 | placed from a note
-- coupon | 0/1 | issued, sent or used a coupon
-- phone | 0/1 | was called
-- mail | 0/1 | was sent a mailer
-- customers | people | buyers who are known
-- orders | count | paid orders that are purchase occasions
-- net_amount | money | net sales
WITH days AS (
  SELECT
    c.on_date,
    c.day_no,
    CAST(FLOOR((c.day_no + 3) / 7.0) AS BIGINT) AS week_no,
    CASE WHEN c.day_no > z.day_no - 182 THEN 1 ELSE 0 END AS counts,
    u.claim_days
  FROM calendar c
  JOIN calendar z ON z.on_date = CAST($as_of AS DATE)
  CROSS JOIN rules u
  -- The days before the first whole week are there for their touches only.
  WHERE c.day_no > z.day_no - 182 - u.claim_days AND c.day_no <= z.day_no
),
-- The content from which an order was placed, where the platform says so.
placed AS (
  SELECT
    o.order_id,
    MIN(
      CASE
        WHEN c.kind = 'moment' THEN 'moments'
        WHEN c.kind = 'group_post' THEN 'group_chat'
        WHEN c.kind = 'mailer' THEN 'mail'
        ELSE c.kind
      END
    ) AS claimant
  FROM orders o
  JOIN contents c ON c.content_id = o.content_id
  WHERE o.content_id IS NOT NULL
  GROUP BY o.order_id
),
bought AS (
  SELECT
    n.order_id, n.customer_id, n.paid_at, n.net_amount, d.day_no, d.week_no, d.claim_days,
    p.claimant AS placed_from
  FROM order_net n
  JOIN days d ON d.on_date = n.paid_on
  LEFT JOIN placed p ON p.order_id = n.order_id
  WHERE d.counts = 1
    AND n.left_out IS NULL
    AND (n.customer_id IS NOT NULL OR p.claimant IS NOT NULL)
),
named AS (
  SELECT
    t.customer_ref,
    t.customer_id,
    t.at AS touched_at,
    d.day_no,
    CASE
      WHEN t.kind IN ('coupon_issue', 'coupon_use') THEN 'coupon'
      WHEN t.kind = 'sent' AND t.channel = 'mail' THEN 'mail'
      WHEN t.kind = 'sent' AND t.content_id IS NULL AND t.campaign_id IS NOT NULL THEN 'coupon'
      WHEN t.kind = 'sent' AND t.channel = 'mass_msg' THEN 'mass_msg'
      WHEN t.channel = 'moments' AND t.kind IN ('like', 'comment') THEN 'moments'
      WHEN t.channel = 'group' AND t.kind IN ('reply_in', 'click') THEN 'group_chat'
      WHEN t.channel = 'article' AND t.kind IN ('read', 'click') THEN 'article'
      WHEN t.channel = 'live' AND t.kind IN ('join', 'read', 'click', 'like', 'comment') THEN 'live'
      WHEN t.channel = 'phone' AND t.kind IN ('call', 'connect') THEN 'phone'
    END AS claimant
  FROM touches t
  JOIN days d ON d.on_date = CAST(t.at AS DATE)
  WHERE t.at <= $as_of
),
touched AS (
  SELECT
    COALESCE(k.customer_id, a.customer_id, t.customer_id) AS customer_id,
    t.claimant,
    t.day_no,
    MIN(t.touched_at) AS first_at,
    MAX(t.touched_at) AS last_at
  FROM named t
  LEFT JOIN customer_keys k ON k.ref = t.customer_ref
  LEFT JOIN identities a
    ON a.id_value = t.customer_id AND a.id_type = 'customer_id' AND a.namespace = 'global'
  WHERE t.claimant IS NOT NULL
  GROUP BY COALESCE(k.customer_id, a.customer_id, t.customer_id), t.claimant, t.day_no
),
-- The last touch of a channel's day counts where it came before the payment, else the first.
before AS (
  SELECT
    b.order_id,
    t.claimant,
    MAX(CASE WHEN t.last_at <= b.paid_at THEN t.last_at ELSE t.first_at END) AS touched_at
  FROM bought b
  JOIN touched t
    ON t.customer_id = b.customer_id
    AND t.day_no <= b.day_no
    AND t.day_no >= b.day_no - b.claim_days
    AND t.first_at <= b.paid_at
  GROUP BY b.order_id, t.claimant
  UNION ALL
  SELECT order_id, placed_from AS claimant, paid_at AS touched_at
  FROM bought
  WHERE placed_from IS NOT NULL
),
latest AS (
  SELECT order_id, MAX(touched_at) AS touched_at FROM before GROUP BY order_id
),
-- Of two channels that touched at the same second, the first by name has the order.
last_touch AS (
  SELECT b.order_id, MIN(b.claimant) AS claimant
  FROM before b
  JOIN latest l ON l.order_id = b.order_id AND l.touched_at = b.touched_at
  GROUP BY b.order_id
),
flags AS (
  SELECT
    order_id,
    MAX(CASE WHEN claimant = 'mass_msg' THEN 1 ELSE 0 END) AS mass_msg,
    MAX(CASE WHEN claimant = 'moments' THEN 1 ELSE 0 END) AS moments,
    MAX(CASE WHEN claimant = 'group_chat' THEN 1 ELSE 0 END) AS group_chat,
    MAX(CASE WHEN claimant = 'article' THEN 1 ELSE 0 END) AS article,
    MAX(CASE WHEN claimant = 'live' THEN 1 ELSE 0 END) AS live,
    MAX(CASE WHEN claimant = 'short_video' THEN 1 ELSE 0 END) AS short_video,
    MAX(CASE WHEN claimant = 'note' THEN 1 ELSE 0 END) AS note,
    MAX(CASE WHEN claimant = 'coupon' THEN 1 ELSE 0 END) AS coupon,
    MAX(CASE WHEN claimant = 'phone' THEN 1 ELSE 0 END) AS phone,
    MAX(CASE WHEN claimant = 'mail' THEN 1 ELSE 0 END) AS mail
  FROM before
  GROUP BY order_id
),
labelled AS (
  SELECT
    b.customer_id,
    CASE WHEN b.customer_id IS NULL THEN 0 ELSE 1 END AS known,
    b.net_amount,
    b.week_no,
    l.claimant AS last_by,
    COALESCE(f.mass_msg, 0) AS mass_msg,
    COALESCE(f.moments, 0) AS moments,
    COALESCE(f.group_chat, 0) AS group_chat,
    COALESCE(f.article, 0) AS article,
    COALESCE(f.live, 0) AS live,
    COALESCE(f.short_video, 0) AS short_video,
    COALESCE(f.note, 0) AS note,
    COALESCE(f.coupon, 0) AS coupon,
    COALESCE(f.phone, 0) AS phone,
    COALESCE(f.mail, 0) AS mail
  FROM bought b
  LEFT JOIN flags f ON f.order_id = b.order_id
  LEFT JOIN last_touch l ON l.order_id = b.order_id
),
weeks AS (
  SELECT week_no, MIN(on_date) AS week_on, MAX(claim_days) AS window_days
  FROM days
  WHERE counts = 1
  GROUP BY week_no
  HAVING COUNT(*) = 7
)
SELECT
  w.week_on,
  w.window_days,
  o.known,
  o.last_by,
  o.mass_msg,
  o.moments,
  o.group_chat,
  o.article,
  o.live,
  o.short_video,
  o.note,
  o.coupon,
  o.phone,
  o.mail,
  COUNT(DISTINCT o.customer_id) AS customers,
  COUNT(*) AS orders,
  SUM(o.net_amount) AS net_amount
FROM labelled o
JOIN weeks w ON w.week_no = o.week_no
GROUP BY
  w.week_on, w.window_days, o.known, o.last_by, o.mass_msg, o.moments, o.group_chat, o.article,
  o.live, o.short_video, o.note, o.coupon, o.phone, o.mail
