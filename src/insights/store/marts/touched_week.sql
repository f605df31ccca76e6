-- One row per week (Monday to Sunday) and channel by which the brand turned to people itself.
-- week_on | day | Monday of the week
-- channel | text | mass_msg, coupon, phone, mail
-- delivered | people | messages, coupons, calls or mailers that reached a person, each counted
WITH days AS (
  SELECT c.on_date, CAST(FLOOR((c.day_no + 3) / 7.0) AS BIGINT) AS week_no
  FROM calendar c
  JOIN calendar z ON z.on_date = CAST($as_of AS DATE)
  WHERE c.day_no > z.day_no - 189 AND c.day_no <= z.day_no
),
weeks AS (
  SELECT week_no, MIN(on_date) AS week_on FROM days GROUP BY week_no HAVING COUNT(*) = 7
),
named AS (
  SELECT
    d.week_no,
    CASE
      WHEN t.kind = 'coupon_issue' THEN 'coupon'
      WHEN t.kind = 'sent' AND t.channel = 'mail' THEN 'mail'
      WHEN t.kind = 'sent' AND t.content_id IS NULL AND t.campaign_id IS NOT NULL THEN 'coupon'
      WHEN t.kind = 'sent' AND t.channel = 'mass_msg' THEN 'mass_msg'
      WHEN t.channel = 'phone' AND t.kind IN ('call', 'connect') THEN 'phone'
    END AS channel
  FROM touches t
  JOIN days d ON d.on_date = CAST(t.at AS DATE)
  WHERE t.at <= $as_of
)
SELECT w.week_on, n.channel, COUNT(*) AS delivered
FROM named n
JOIN weeks w ON w.week_no = n.week_no
WHERE n.channel IS NOT NULL
GROUP BY w.week_on, n.channel
