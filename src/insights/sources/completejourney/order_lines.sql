-- A basket has a product at most once, so the two name a line.
SELECT
  'completejourney:' || t.basket_id || ':' || t.product_id AS line_id,
  'completejourney:' || t.basket_id AS order_id,
  timezone($time_zone, timezone('UTC', t.transaction_timestamp)) AS created_at,
  CAST(t.product_id AS VARCHAR) AS product_id,
  coalesce(p.product_type, p.product_category, p.department, 'unlisted') AS raw_title,
  'done' AS status,
  t.quantity AS quantity,
  money(t.sales_value) AS paid_amount,
  money(t.sales_value) + money(t.retail_disc) + money(t.coupon_match_disc) AS list_amount,
  money(t.sales_value) AS merchant_receipt_amount,
  money(t.retail_disc) AS discount_retail_amount,
  money(t.coupon_disc) AS discount_coupon_amount,
  money(t.coupon_match_disc) AS discount_coupon_match_amount,
  false AS is_freebie,
  t.file_row_number + 1 AS _row
FROM transactions t
LEFT JOIN products p USING (product_id)
