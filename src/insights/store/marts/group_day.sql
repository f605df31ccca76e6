-- One row per day and metric of the brand's groups, all accounts together, as WeCom totals them.
-- on_date | day | the day
-- entity_kind | text | account or group: what the totals are of
-- metric | text | member_total, member_has_msg, and the other counts of groupchat/statistic
-- value | number | the total
SELECT m.on_date, m.entity_kind, m.metric, SUM(m.value) AS value
FROM daily_metrics m
WHERE m.on_date <= CAST($as_of AS DATE)
  AND m.metric IN ('member_total', 'member_has_msg', 'chat_total', 'chat_has_msg', 'msg_total')
GROUP BY m.on_date, m.entity_kind, m.metric
