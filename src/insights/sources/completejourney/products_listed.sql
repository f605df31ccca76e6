SELECT
  CAST(product_id AS VARCHAR) AS product_id,
  coalesce(product_type, product_category, department, 'unnamed') AS name,
  coalesce(department, 'unnamed') AS category_1,
  product_category AS category_2,
  CASE WHEN brand = 'Private' THEN 'retailer brand' ELSE 'national brand' END AS series,
  file_row_number + 1 AS _row
FROM products
