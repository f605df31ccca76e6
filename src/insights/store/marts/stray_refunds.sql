-- One row per source with refunds by the end of `as_of` that name an order of which nothing is known.
-- Nobody knows what they are refunds of, so they lower no sales: the export with their orders is missing.
-- source | text | the system from which the refunds came
-- refunds | count | refunds without their order
-- amount | money | what was given back
-- first_on | day | the first day of such a refund
-- last_on | day | the last one
SELECT
  f.source,
  COUNT(*) AS refunds,
  SUM(f.amount) AS amount,
  CAST(MIN(f.refunded_at) AS DATE) AS first_on,
  CAST(MAX(f.refunded_at) AS DATE) AS last_on
FROM refunds f
LEFT JOIN orders o ON o.order_id = f.order_id
WHERE f.refunded_at <= $as_of AND o.order_id IS NULL
GROUP BY f.source
