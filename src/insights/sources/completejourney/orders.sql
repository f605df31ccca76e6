-- A basket is an order. `sales_value` is what the retailer received: a manufacturer's coupon is a
-- means of payment inside it, so it is kept apart and not taken off (see README.md).
SELECT
  'completejourney:' || basket_id AS order_id,
  'completejourney:' || household_id AS customer_id,
  CAST(household_id AS VARCHAR) AS buyer_ref,
  'store' AS channel,
  'completejourney' AS shop_id,
  CAST(store_id AS VARCHAR) AS store_id,
  sold_at AS created_at,
  sold_at AS paid_at,
  'done' AS status,
  sum(money(sales_value) + money(retail_disc) + money(coupon_match_disc)) AS goods_amount,
  sum(money(retail_disc) + money(coupon_match_disc)) AS discount_merchant_amount,
  0 AS discount_platform_amount,
  0 AS freight_amount,
  sum(money(sales_value)) AS paid_amount,
  sum(money(sales_value)) AS merchant_receipt_amount,
  sum(money(retail_disc)) AS discount_retail_amount,
  sum(money(coupon_disc)) AS discount_coupon_amount,
  sum(money(coupon_match_disc)) AS discount_coupon_match_amount,
  false AS is_presale,
  false AS is_gift,
  false AS is_test,
  min(file_row_number) + 1 AS _row
FROM (
  SELECT *, timezone($time_zone, timezone('UTC', transaction_timestamp)) AS sold_at
  FROM transactions
)
GROUP BY basket_id, household_id, store_id, sold_at
