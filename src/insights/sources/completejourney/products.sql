SELECT
  CAST(product_id AS VARCHAR) AS product_id,
  coalesce(product_type, product_category, department, 'unnamed') AS name,
  coalesce(department, 'unnamed') AS category_1,
  product_category AS category_2,
  CASE WHEN brand = 'Private' THEN 'retailer brand' ELSE 'national brand' END AS series,
  file_row_number + 1 AS _row
FROM products
UNION ALL
-- 4,836 lines sell products that the package's list does not have: kept under their number.
SELECT
  CAST(t.product_id AS VARCHAR), 'unlisted', 'unlisted', NULL, NULL, min(t.file_row_number) + 1
FROM transactions t
ANTI JOIN products p USING (product_id)
GROUP BY t.product_id
