-- A household is a customer. Demographics are left out: they are personal and nothing asks for them.
SELECT
  'completejourney:' || household_id AS customer_id,
  timezone($time_zone, timezone('UTC', min(transaction_timestamp))) AS first_seen_at,
  'completejourney' AS first_source,
  'single' AS link_quality,
  false AS is_staff,
  false AS is_test,
  min(file_row_number) + 1 AS _row
FROM transactions
GROUP BY household_id
