-- What the tables went through. The harness owns the database: the silos know nothing of it.
CREATE TABLE chaos_rows (
  id bigserial PRIMARY KEY,
  uid uuid NOT NULL,
  epoch bigint NOT NULL,
  revision bigint NOT NULL,
  journal_sequence bigint NOT NULL,
  phase smallint NOT NULL,
  owner uuid
);

CREATE FUNCTION chaos_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO chaos_rows (uid, epoch, revision, journal_sequence, phase, owner)
  VALUES (NEW.uid, NEW.epoch, NEW.revision, NEW.journal_sequence, NEW.phase, NEW.owner);
  RETURN NULL;
END
$$;

CREATE TRIGGER chaos_row AFTER INSERT OR UPDATE ON executions FOR EACH ROW EXECUTE FUNCTION chaos_row();

CREATE TABLE chaos_permits (
  id bigserial PRIMARY KEY,
  semaphore text NOT NULL,
  uid uuid NOT NULL,
  is_taken boolean NOT NULL
);

CREATE FUNCTION chaos_permit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO chaos_permits (semaphore, uid, is_taken) VALUES (NEW.semaphore, NEW.uid, true);
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO chaos_permits (semaphore, uid, is_taken) VALUES (OLD.semaphore, OLD.uid, false);
  ELSE
    RAISE EXCEPTION 'a permit is changed';
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER chaos_permit AFTER INSERT OR UPDATE OR DELETE ON permits FOR EACH ROW EXECUTE FUNCTION chaos_permit();
