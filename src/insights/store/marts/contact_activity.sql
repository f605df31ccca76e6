-- One row per day: people who became or ceased to be contacts, and friendships begun and ended.
-- People are counted, not friendships: somebody is a contact while at least one friendship lasts.
-- on_date | day | the day
-- gained | people | became a contact, for the first time or again
-- returned | people | of them, those who had been one before
-- lost | people | their last friendship ended
-- added | friendships | friendships begun
-- deleted | friendships | friendships ended
WITH spells AS (
  SELECT
    COALESCE(k.customer_id, a.customer_id, c.customer_id, c.customer_ref) AS person,
    c.added_at,
    CASE WHEN c.deleted_at <= $as_of THEN c.deleted_at END AS deleted_at
  FROM contacts c
  LEFT JOIN customer_keys k ON k.ref = c.customer_ref
  LEFT JOIN identities a
    ON a.id_value = c.customer_id AND a.id_type = 'customer_id' AND a.namespace = 'global'
  WHERE c.added_at <= $as_of
),
steps AS (
  SELECT person, added_at AS moment, 1 AS step FROM spells
  UNION ALL
  SELECT person, deleted_at, -1 FROM spells WHERE deleted_at IS NOT NULL
),
counted AS (
  SELECT
    person,
    moment,
    step,
    -- Who is handed over has both at one moment: the new friendship counts first.
    SUM(step) OVER (
      PARTITION BY person ORDER BY moment, step DESC ROWS UNBOUNDED PRECEDING
    ) AS held,
    ROW_NUMBER() OVER (PARTITION BY person ORDER BY moment, step DESC) AS place
  FROM steps
)
SELECT
  CAST(moment AS DATE) AS on_date,
  COUNT(CASE WHEN step = 1 AND held = 1 THEN 1 END) AS gained,
  COUNT(CASE WHEN step = 1 AND held = 1 AND place > 1 THEN 1 END) AS returned,
  COUNT(CASE WHEN step = -1 AND held = 0 THEN 1 END) AS lost,
  COUNT(CASE WHEN step = 1 THEN 1 END) AS added,
  COUNT(CASE WHEN step = -1 THEN 1 END) AS deleted
FROM counted
GROUP BY CAST(moment AS DATE)
