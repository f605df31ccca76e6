-- One row per identifier that leads to a customer; a retired customer id is one too.
-- ref | text | the identifier as facts carry it: type:namespace:value
-- customer_id | text | the customer to whom it leads now
SELECT
  id_type || ':' || namespace || ':' || id_value AS ref,
  customer_id
FROM identities
