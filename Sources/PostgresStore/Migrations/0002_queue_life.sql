-- How a deployment may wait, and preemption.

-- protection: microseconds for which an attempt of it is not preempted.
CREATE TABLE priority_classes (
  name text COLLATE "C" CONSTRAINT priority_classes_name_unique PRIMARY KEY,
  priority integer NOT NULL,
  preempts boolean NOT NULL,
  protection bigint NOT NULL,
  updated_at timestamptz NOT NULL
);
INSERT INTO priority_classes (name, priority, preempts, protection, updated_at) VALUES
  ('batch', 100, false, 60000000, now()),
  ('standard', 500, false, 300000000, now()),
  ('urgent', 900, true, 600000000, now());

-- queue_time_to_live and protection in microseconds. requeued_at: when it last came back to the queue.
-- priority_class, preempts and protection are those of when it was created or last changed; an empty
-- class is a bare priority. has_run: it has been running, so start_by has no say any more.
ALTER TABLE deployments
  ADD COLUMN queue_time_to_live bigint,
  ADD COLUMN start_by timestamptz,
  ADD COLUMN priority_class text COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN preempts boolean NOT NULL DEFAULT false,
  ADD COLUMN protection bigint NOT NULL DEFAULT 60000000,
  ADD COLUMN requeued_at timestamptz,
  ADD COLUMN has_run boolean NOT NULL DEFAULT false;
