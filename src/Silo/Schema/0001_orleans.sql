-- Orleans' providers read their statements from this table; its name and columns are theirs. All else is known to those statements only.
CREATE TABLE orleansquery (
  querykey text COLLATE "C" PRIMARY KEY,
  querytext text NOT NULL
);

-- Whose database this is: one cluster's.
CREATE TABLE orleans_cluster (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  service_id text NOT NULL,
  cluster_id text NOT NULL,
  claimed_at timestamptz NOT NULL
);

-- Each change of a cluster's members counts here, so that of two changes at once one is refused.
CREATE TABLE orleans_membership_version (
  cluster_id text COLLATE "C" PRIMARY KEY,
  version integer NOT NULL DEFAULT 0
);

CREATE TABLE orleans_membership (
  cluster_id text COLLATE "C" NOT NULL REFERENCES orleans_membership_version ON DELETE CASCADE,
  address text COLLATE "C" NOT NULL,
  port integer NOT NULL,
  generation integer NOT NULL,
  silo_name text NOT NULL,
  host_name text NOT NULL,
  status integer NOT NULL,
  proxy_port integer NOT NULL,
  suspect_times text,
  start_time timestamptz NOT NULL,
  i_am_alive_time timestamptz NOT NULL,
  PRIMARY KEY (cluster_id, address, port, generation)
) WITH (fillfactor = 50);

CREATE TABLE orleans_reminder (
  service_id text COLLATE "C" NOT NULL,
  grain_id text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  grain_hash integer NOT NULL,
  start_time timestamptz NOT NULL,
  period bigint NOT NULL,
  version integer NOT NULL DEFAULT 0,
  PRIMARY KEY (service_id, grain_id, name)
);

-- A silo reads the reminders of its part of the ring, again and again.
CREATE INDEX orleans_reminder_hash ON orleans_reminder (service_id, grain_hash);

CREATE TABLE orleans_state (
  service_id text COLLATE "C" NOT NULL,
  grain_type text COLLATE "C" NOT NULL,
  key_n0 bigint NOT NULL,
  key_n1 bigint NOT NULL,
  -- Empty for grains whose key is a number or a GUID alone.
  key_text text COLLATE "C" NOT NULL,
  payload bytea,
  modified_at timestamptz NOT NULL,
  version integer NOT NULL,
  PRIMARY KEY (service_id, grain_type, key_n0, key_n1, key_text)
);
