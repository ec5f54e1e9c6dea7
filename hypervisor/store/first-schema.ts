/**
 * The shape the first databases began with. It is never edited: what became of it since stands in migrations.ts, and a database that
 * ran both long ago must be the same as one that runs them now.
 */
export const FIRST_SCHEMA = `
CREATE TABLE box (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  communes text[] NOT NULL,
  created_at timestamptz NOT NULL,
  revoked_at timestamptz
);
-- Where the box's journal is durable here: moved in the transaction that stores its entries.
CREATE TABLE box_cursor (
  box integer PRIMARY KEY REFERENCES box,
  epoch integer,
  seq bigint NOT NULL DEFAULT 0,
  hash bytea,
  incident text
);
-- Apart from the cursor, so that a sign of life never waits for a batch.
CREATE TABLE box_life (
  box integer PRIMARY KEY REFERENCES box,
  last_proof_at timestamptz,
  clock_offset_ms bigint,
  health jsonb
);
-- Numbers the commands of a box in the order of their commits.
CREATE TABLE box_orders (
  box integer PRIMARY KEY REFERENCES box,
  cursor bigint NOT NULL DEFAULT 0
);

CREATE TABLE territory (
  commune text PRIMARY KEY,
  name text NOT NULL,
  latitude float8,
  longitude float8,
  territory text NOT NULL,
  territory_name text NOT NULL,
  place integer NOT NULL
);
CREATE TABLE region (name text NOT NULL);

CREATE TABLE asset (
  box integer NOT NULL REFERENCES box,
  ref text NOT NULL,
  kind text NOT NULL,
  commune text NOT NULL,
  use text NOT NULL,
  name text,
  latitude float8,
  longitude float8,
  attributes jsonb NOT NULL,
  PRIMARY KEY (box, ref)
);
CREATE INDEX asset_by_ref ON asset (ref);
CREATE INDEX asset_by_commune ON asset (commune, ref);
CREATE TABLE device (
  box integer NOT NULL REFERENCES box,
  dev_eui text NOT NULL,
  model text NOT NULL,
  asset text,
  application_id text,
  changed_seq bigint NOT NULL,
  PRIMARY KEY (box, dev_eui)
);
CREATE INDEX device_by_asset ON device (box, asset);

CREATE TABLE reading (
  box integer NOT NULL,
  epoch integer NOT NULL,
  seq bigint NOT NULL,
  arrived_at timestamptz NOT NULL,
  device text NOT NULL,
  asset text,
  commune text,
  codec text,
  at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  f_cnt bigint NOT NULL,
  f_port integer NOT NULL,
  frame bytea NOT NULL,
  rssi float8,
  snr float8,
  gateway text,
  gateways integer,
  dr integer,
  -- What was read, whole, as it was sent: {"m":[[name,value,unit]…],"h":[[ms,[…]]…],"n":[note…],"f":[code,message]}
  content jsonb NOT NULL,
  -- The box's clocks when it wrote the entry.
  box_wall timestamptz NOT NULL,
  box_mono_ms bigint NOT NULL,
  box_boot integer NOT NULL,
  box_clock_confirmed boolean NOT NULL
) PARTITION BY RANGE (arrived_at);
CREATE INDEX reading_by_seq ON reading (box, epoch, seq);
CREATE TABLE reading_other PARTITION OF reading DEFAULT;

-- One line of values: which quantity of which asset, by which device, in which unit.
CREATE TABLE series (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  box integer NOT NULL,
  asset text NOT NULL,
  device text NOT NULL,
  name text NOT NULL,
  instance text NOT NULL,
  unit text NOT NULL,
  UNIQUE (box, device, asset, name, instance, unit)
);
CREATE INDEX series_by_asset ON series (asset, name, instance);
CREATE TABLE measurement (
  box integer NOT NULL,
  series integer NOT NULL,
  at timestamptz NOT NULL,
  arrived_at timestamptz NOT NULL,
  number float8,
  word text,
  flag boolean
) PARTITION BY RANGE (arrived_at);
CREATE INDEX measurement_by_series ON measurement (series, at);
CREATE TABLE measurement_other PARTITION OF measurement DEFAULT;
CREATE VIEW measured AS
  SELECT box.name AS box, series.asset, series.device, series.name, series.instance, measurement.at,
         measurement.number, measurement.word, measurement.flag, series.unit, measurement.arrived_at
  FROM measurement JOIN series ON series.id = measurement.series JOIN box ON box.id = measurement.box;

CREATE TABLE latest (
  box integer NOT NULL,
  asset text NOT NULL,
  measurement text NOT NULL,
  at timestamptz NOT NULL,
  -- \`at\`, but never later than the arrival: a clock in the future must not hold the place for years.
  ranked_at timestamptz NOT NULL,
  value jsonb NOT NULL,
  unit text NOT NULL,
  PRIMARY KEY (box, asset, measurement)
) WITH (fillfactor = 70);
CREATE TABLE asset_seen (
  box integer NOT NULL,
  asset text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (box, asset)
);

CREATE TABLE event (
  box integer NOT NULL,
  epoch integer NOT NULL,
  seq bigint NOT NULL,
  arrived_at timestamptz NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  device text,
  at timestamptz NOT NULL,
  detail jsonb NOT NULL
);
CREATE INDEX event_by_seq ON event (box, epoch, seq);
CREATE TABLE quarantine (
  box integer NOT NULL,
  epoch integer NOT NULL,
  seq bigint NOT NULL,
  arrived_at timestamptz NOT NULL,
  code text NOT NULL,
  -- The entry as JSON text with its bytes in hex; \`text\`, because what jsonb refuses is a reason to be here.
  entry text NOT NULL,
  PRIMARY KEY (box, epoch, seq)
);
-- Batches of a second history of the box, refused and kept for the person who decides.
CREATE TABLE fork (
  box integer NOT NULL,
  epoch integer NOT NULL,
  first_seq bigint NOT NULL,
  hash_after bytea NOT NULL,
  arrived_at timestamptz NOT NULL,
  batch text NOT NULL,
  PRIMARY KEY (box, epoch, first_seq, hash_after)
);

CREATE TABLE command (
  id uuid PRIMARY KEY,
  box integer NOT NULL REFERENCES box,
  -- Place in the feed of the box; null for a command born on the box.
  cursor bigint,
  target text NOT NULL,
  name text NOT NULL,
  fields jsonb NOT NULL,
  author text NOT NULL,
  precedence text NOT NULL,
  requested_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  state text NOT NULL,
  -- Set before the order is written to the box: from then on only the box knows what becomes of it.
  handed_at timestamptz
);
CREATE UNIQUE INDEX command_by_cursor ON command (box, cursor);
CREATE INDEX command_by_target ON command (target, requested_at DESC);
CREATE INDEX command_by_time ON command (requested_at DESC);
CREATE INDEX command_waiting ON command (expires_at) WHERE state = 'requested';
CREATE TABLE command_step (
  command uuid NOT NULL REFERENCES command,
  place integer NOT NULL,
  state text NOT NULL,
  at timestamptz NOT NULL,
  reason text,
  PRIMARY KEY (command, place)
);
`;
