SELECT
  'household' AS id_type,
  'completejourney' AS namespace,
  CAST(household_id AS VARCHAR) AS id_value,
  'completejourney:' || household_id AS customer_id,
  'native' AS method,
  1.0 AS probability,
  timezone($time_zone, timezone('UTC', min(transaction_timestamp))) AS first_seen_at,
  timezone($time_zone, timezone('UTC', max(transaction_timestamp))) AS last_seen_at,
  min(file_row_number) + 1 AS _row
FROM transactions
GROUP BY household_id
