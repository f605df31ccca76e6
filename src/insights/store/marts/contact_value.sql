-- One row per month of joining, whether they had bought before, and age in months with purchases.
-- A contact joins in the month of the first friendship. Counted is what they bought in private shops
-- from then on. Where nobody of a month bought anything, it has one row of age 0.
-- joined_on | day | first day of the month of joining
-- bought_before | flag | whether they had a purchase occasion, anywhere, before they joined
-- age_months | number | months from that of joining to that of payment
-- people | people | contacts who joined in that month, those who bought nothing included
-- buyers | people | of them, those who bought at this age
-- net_amount | money | net of refunds, at this age
-- margin_amount | money | net less the cost of the goods; where no cost is known, as if nothing was left
-- margin_square | number | by how much the sum of squares of the margin so far a person grew
-- margin_cube | number | by how much the sum of third powers of the margin so far a person grew
-- most_amount | money | net less the cost of the goods; where no cost is known, as if all was left
-- most_square | number | by how much the sum of squares of that so far a person grew
-- most_cube | number | by how much the sum of third powers of that so far a person grew
WITH friendships AS (
  SELECT
    COALESCE(k.customer_id, a.customer_id, c.customer_id, c.customer_ref) AS person,
    MIN(c.added_at) AS joined_at
  FROM contacts c
  LEFT JOIN customer_keys k ON k.ref = c.customer_ref
  LEFT JOIN identities a
    ON a.id_value = c.customer_id AND a.id_type = 'customer_id' AND a.namespace = 'global'
  WHERE c.added_at <= $as_of
  GROUP BY COALESCE(k.customer_id, a.customer_id, c.customer_id, c.customer_ref)
),
-- Orders of contacts alone. Each is one row: the two DISTINCT below let them be taken as they come,
-- instead of being held.
bought AS (
  SELECT
    f.person,
    f.joined_at,
    n.order_id,
    n.channel,
    n.paid_at,
    n.gross_amount,
    n.net_amount,
    n.left_out
  FROM order_net n
  JOIN friendships f ON f.person = n.customer_id
  WHERE n.left_out IS NULL OR n.left_out NOT IN ('test', 'gift')
),
buyers_before AS (
  SELECT DISTINCT person FROM bought WHERE left_out IS NULL AND paid_at < joined_at
),
joiners AS (
  SELECT
    f.person,
    CAST(DATE_TRUNC('month', f.joined_at) AS DATE) AS joined_on,
    YEAR(f.joined_at) AS joined_year,
    MONTH(f.joined_at) AS joined_month,
    b.person IS NOT NULL AS bought_before
  FROM friendships f
  LEFT JOIN buyers_before b ON b.person = f.person
),
sizes AS (
  SELECT joined_on, bought_before, COUNT(*) AS people
  FROM joiners
  GROUP BY joined_on, bought_before
),
sold AS (
  SELECT DISTINCT
    person,
    order_id,
    paid_at,
    CAST(net_amount AS DOUBLE) AS net_amount,
    CASE
      WHEN gross_amount > 0 THEN CAST(net_amount AS DOUBLE) / CAST(gross_amount AS DOUBLE)
      ELSE 1.0
    END AS stayed
  FROM bought
  WHERE paid_at >= joined_at
    AND channel IN ('youzan', 'wx_store', 'self_mall', 'wechat_transfer')
),
goods AS (
  SELECT
    l.order_id,
    SUM(CASE WHEN p.unit_cost IS NULL THEN 0.0 ELSE CAST(l.paid_amount AS DOUBLE) END) AS costed,
    SUM(
      CASE WHEN p.unit_cost IS NULL THEN 0.0 ELSE CAST(p.unit_cost * l.quantity AS DOUBLE) END
    ) AS cost
  FROM order_lines l
  JOIN sold s ON s.order_id = l.order_id
  LEFT JOIN products p ON p.product_id = l.product_id
  GROUP BY l.order_id
),
worth AS (
  SELECT
    s.person,
    YEAR(s.paid_at) AS paid_year,
    MONTH(s.paid_at) AS paid_month,
    s.net_amount,
    COALESCE(g.cost, 0.0) * s.stayed AS cost,
    COALESCE(g.costed, 0.0) * s.stayed AS costed
  FROM sold s
  LEFT JOIN goods g ON g.order_id = s.order_id
),
by_person AS (
  SELECT
    j.person,
    j.joined_on,
    j.bought_before,
    (w.paid_year - j.joined_year) * 12 + w.paid_month - j.joined_month AS age_months,
    SUM(w.net_amount) AS net_amount,
    SUM(w.costed - w.cost) AS margin_amount,
    -- Lines may come to more than their order, of which a coupon took something off.
    SUM(CASE WHEN w.costed > w.net_amount THEN w.costed ELSE w.net_amount END - w.cost)
      AS most_amount
  FROM joiners j
  JOIN worth w ON w.person = j.person
  GROUP BY
    j.person,
    j.joined_on,
    j.bought_before,
    (w.paid_year - j.joined_year) * 12 + w.paid_month - j.joined_month
),
so_far AS (
  SELECT
    *,
    SUM(margin_amount) OVER (
      PARTITION BY person ORDER BY age_months ROWS UNBOUNDED PRECEDING
    ) AS after_amount,
    SUM(most_amount) OVER (
      PARTITION BY person ORDER BY age_months ROWS UNBOUNDED PRECEDING
    ) AS most_after
  FROM by_person
),
before AS (
  SELECT
    *,
    after_amount - margin_amount AS before_amount,
    most_after - most_amount AS most_before
  FROM so_far
),
cells AS (
  SELECT
    joined_on,
    bought_before,
    age_months,
    COUNT(*) AS buyers,
    SUM(net_amount) AS net_amount,
    SUM(margin_amount) AS margin_amount,
    SUM(after_amount * after_amount - before_amount * before_amount) AS margin_square,
    SUM(
      after_amount * after_amount * after_amount - before_amount * before_amount * before_amount
    ) AS margin_cube,
    SUM(most_amount) AS most_amount,
    SUM(most_after * most_after - most_before * most_before) AS most_square,
    SUM(most_after * most_after * most_after - most_before * most_before * most_before) AS most_cube
  FROM before
  GROUP BY joined_on, bought_before, age_months
)
SELECT
  z.joined_on,
  z.bought_before,
  CAST(COALESCE(c.age_months, 0) AS BIGINT) AS age_months,
  z.people,
  COALESCE(c.buyers, 0) AS buyers,
  COALESCE(c.net_amount, 0.0) AS net_amount,
  COALESCE(c.margin_amount, 0.0) AS margin_amount,
  COALESCE(c.margin_square, 0.0) AS margin_square,
  COALESCE(c.margin_cube, 0.0) AS margin_cube,
  COALESCE(c.most_amount, 0.0) AS most_amount,
  COALESCE(c.most_square, 0.0) AS most_square,
  COALESCE(c.most_cube, 0.0) AS most_cube
FROM sizes z
LEFT JOIN cells c ON c.joined_on = z.joined_on AND c.bought_before = z.bought_before
