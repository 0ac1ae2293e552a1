-- Gangs: deployments that are placed all or none.

-- gang_id: the id of the gang's deployment of index 0; NULL: not of a gang. A gang is either queued
-- whole or not at all, so its deployments begin their attempts together (violations.sql, I8).
ALTER TABLE deployments
  ADD COLUMN gang_id uuid,
  ADD COLUMN gang_size integer,
  ADD COLUMN gang_index integer,
  ADD CONSTRAINT deployments_gang CHECK (
    CASE WHEN gang_id IS NULL THEN gang_size IS NULL AND gang_index IS NULL
      ELSE gang_size > 1 AND gang_index BETWEEN 0 AND gang_size - 1
        AND (gang_index = 0) = (gang_id = id) END);
CREATE UNIQUE INDEX deployments_by_gang ON deployments (gang_id, gang_index)
  WHERE gang_id IS NOT NULL;

-- Room is kept for so many of the gang on this cluster.
ALTER TABLE reservations ADD COLUMN replicas integer NOT NULL DEFAULT 1;
