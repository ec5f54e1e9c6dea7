/**
 * The database's shape, version by version. Rows are keyed by box, so that the tables can be spread over servers by that column.
 * Nothing newer than PostgreSQL 15 is used.
 */

import { FIRST_SCHEMA } from "./first-schema.ts";

export interface Migration {
  readonly version: number;
  readonly script: string;
}

/** Old ones are never edited: a database that ran them must be the same as one that runs them now. */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    script: FIRST_SCHEMA,
  },
  {
    version: 2,
    script: `
ALTER TABLE asset ADD COLUMN address text;
-- The box's whole record of the device, as it last told it; the columns beside are those that queries use.
ALTER TABLE device ADD COLUMN state text, ADD COLUMN since timestamptz, ADD COLUMN said_by text, ADD COLUMN record jsonb;
UPDATE device SET state = CASE WHEN asset IS NULL THEN 'in-stock' ELSE 'in-service' END;
-- Which device served which asset, and when. Since 1970: before installations were kept.
CREATE TABLE installation (
  box integer NOT NULL REFERENCES box,
  asset text NOT NULL,
  device text NOT NULL,
  since timestamptz NOT NULL,
  until timestamptz,
  PRIMARY KEY (box, asset, device, since)
);
CREATE INDEX installation_by_device ON installation (box, device);
INSERT INTO installation (box, asset, device, since)
  SELECT box, asset, dev_eui, to_timestamp(0) FROM device WHERE asset IS NOT NULL;
`,
  },
  {
    version: 3,
    script: `
-- Two histories of one box: what was found, and what a person decided. Its refused batches are in \`fork\`.
CREATE TABLE incident (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  box integer NOT NULL REFERENCES box,
  epoch integer NOT NULL,
  reason text NOT NULL,
  -- The refused history, as far as it can be told apart: number and running hash before the first entry it wants to add.
  first_seq bigint NOT NULL,
  hash_before bytea NOT NULL,
  -- Where the accepted history stood when it was found.
  durable_seq bigint NOT NULL,
  opened_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  attempts bigint NOT NULL,
  decision text,
  decided_at timestamptz,
  decided_by text,
  UNIQUE (box, epoch, first_seq, hash_before)
);
CREATE INDEX incident_open ON incident (box) WHERE decision IS NULL;
-- The epoch a person has decided on, until its first batch comes; and the one before the present, of which some entries may come again.
ALTER TABLE box_cursor ADD COLUMN next_epoch integer, ADD COLUMN before_epoch integer, ADD COLUMN before_seq bigint;
`,
  },
  {
    version: 4,
    script: `
-- Until when it holds its asset, why it took it over, and the wish for many it is part of.
ALTER TABLE command ADD COLUMN hold_until timestamptz, ADD COLUMN reason text, ADD COLUMN mass uuid, ADD COLUMN mass_size integer;
CREATE INDEX command_holding ON command (target, hold_until) WHERE hold_until IS NOT NULL;
CREATE INDEX command_by_mass ON command (mass) WHERE mass IS NOT NULL;
`,
  },
  {
    version: 5,
    script: `
-- Entries of which no row elsewhere gives back every byte: with the readings they are a box's whole journal.
CREATE TABLE kept_entry (
  box integer NOT NULL,
  epoch integer NOT NULL,
  seq bigint NOT NULL,
  wall float8 NOT NULL,
  mono float8 NOT NULL,
  boot float8 NOT NULL,
  clock_confirmed boolean NOT NULL,
  is_foreign boolean NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (box, epoch, seq)
);
-- Numbers that are stored nowhere, and why: the box no longer had them when it sent its batch (\`box\`), or they were lost here and
-- the box no longer keeps them (\`region\`).
CREATE TABLE hole (
  box integer NOT NULL,
  epoch integer NOT NULL,
  first bigint NOT NULL,
  last bigint NOT NULL,
  cause text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (box, epoch, first, last)
);
-- The daily comparison with each box. From \`first_seq\` on all of its entries can be hashed again: older ones were stored before.
CREATE TABLE comparison (
  box integer PRIMARY KEY REFERENCES box,
  epoch integer NOT NULL,
  first_seq bigint NOT NULL,
  -- Hashed at least once up to there; what the box no longer keeps was settled up to there.
  hashed_seq bigint NOT NULL DEFAULT 0,
  settled_seq bigint NOT NULL DEFAULT 0,
  done_at timestamptz,
  ranges integer NOT NULL DEFAULT 0,
  hashed integer NOT NULL DEFAULT 0,
  again integer NOT NULL DEFAULT 0,
  -- Since the beginning.
  healed bigint NOT NULL DEFAULT 0,
  lost bigint NOT NULL DEFAULT 0
);
INSERT INTO comparison (box, epoch, first_seq) SELECT box, epoch, seq + 1 FROM box_cursor WHERE epoch IS NOT NULL;
-- Entries a comparison found lost.
ALTER TABLE incident ADD COLUMN lost bigint;
ALTER TABLE box_cursor ADD COLUMN digest_wanted boolean NOT NULL DEFAULT false;
`,
  },
  {
    version: 6,
    script: `
-- Past a hole the running hash is known again after \`resume_seq\`.
ALTER TABLE hole ADD COLUMN resume_seq bigint, ADD COLUMN resume_hash bytea;
-- How far a box's days were counted, and the running hash there; null past a hole.
CREATE TABLE counted (
  box integer PRIMARY KEY REFERENCES box,
  epoch integer NOT NULL,
  seq bigint NOT NULL,
  hash bytea
);
INSERT INTO counted (box, epoch, seq, hash) SELECT box, epoch, seq, hash FROM box_cursor WHERE epoch IS NOT NULL;
-- Between which entries the readings of a day lie (UTC, days since 1970), the running hash before and after, and what was lost.
CREATE TABLE box_day (
  box integer NOT NULL,
  epoch integer NOT NULL,
  day integer NOT NULL,
  first_seq bigint NOT NULL,
  last_seq bigint NOT NULL,
  hash_before bytea,
  hash_after bytea,
  lost bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (box, epoch, day)
);
CREATE TABLE device_day (
  box integer NOT NULL,
  device text NOT NULL,
  day integer NOT NULL,
  received bigint NOT NULL,
  -- By the frame counter; and how many of them we lost ourselves.
  missed bigint NOT NULL,
  lost bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (box, day, device)
);
CREATE TABLE frame_count (
  box integer NOT NULL,
  device text NOT NULL,
  last_f_cnt bigint,
  last_at timestamptz,
  joined boolean NOT NULL,
  PRIMARY KEY (box, device)
);
`,
  },
  {
    version: 7,
    script: `
-- Who wished what, in a hash chain over all replicas.
CREATE TABLE audit (seq bigint PRIMARY KEY, body jsonb NOT NULL, hash text NOT NULL);
-- Who is in which multicast group follows from what became of these.
CREATE INDEX command_joining ON command (box) WHERE name = 'join-group';
`,
  },
  {
    version: 8,
    script: `
-- Only certificates of the present generation are admitted: it grows with each enrolment and each revocation. Those given before
-- generations were counted are of the first.
ALTER TABLE box ADD COLUMN generation integer NOT NULL DEFAULT 1, ADD COLUMN certificate_ends_at timestamptz;
-- One-time codes, of which only hashes are kept. At most one a box; a used one stays to tell who comes with it again.
CREATE TABLE box_code (
  id text PRIMARY KEY,
  box integer NOT NULL UNIQUE REFERENCES box,
  secret_hash bytea NOT NULL,
  proof_key bytea NOT NULL,
  created_at timestamptz NOT NULL,
  valid_until timestamptz NOT NULL,
  -- Set when it is used: SHA-256 of the box's public key, and the generation that began.
  key_hash bytea,
  used_generation integer
);
`,
  },
  {
    version: 9,
    script: `
-- What a box said later of what it had sent: readings whose frames were read again, and the true lead of wall over monotonic clock of
-- a boot that did not know the time at first.
CREATE TABLE correction (
  box integer NOT NULL,
  epoch integer NOT NULL,
  reading bigint NOT NULL,
  seq bigint NOT NULL,
  at timestamptz NOT NULL,
  device text NOT NULL,
  f_cnt bigint NOT NULL,
  codec text,
  measured_at timestamptz NOT NULL,
  content jsonb NOT NULL,
  PRIMARY KEY (box, epoch, reading)
);
CREATE TABLE clock_correction (
  box integer NOT NULL,
  epoch integer NOT NULL,
  boot integer NOT NULL,
  seq bigint NOT NULL,
  lead float8 NOT NULL,
  PRIMARY KEY (box, epoch, boot)
);
-- Small: a box mostly knows the time.
CREATE INDEX reading_unsure ON reading (box, epoch, box_boot, seq) WHERE NOT box_clock_confirmed;
CREATE INDEX kept_entry_unsure ON kept_entry (box, epoch, boot, seq) WHERE NOT clock_confirmed;
`,
  },
  {
    version: 10,
    script: `
-- The last step of the box's registry that is followed here: what is asked of it says so, and what was done there since wins.
ALTER TABLE box_cursor ADD COLUMN operation bigint;
CREATE INDEX device_by_eui ON device (dev_eui);
`,
  },
  {
    version: 11,
    script: `
-- How each device is heard, as its box told it last.
CREATE TABLE device_health (
  box integer NOT NULL,
  device text NOT NULL,
  epoch integer NOT NULL,
  seq bigint NOT NULL,
  at timestamptz NOT NULL,
  health jsonb NOT NULL,
  PRIMARY KEY (box, device)
);
`,
  },
  {
    version: 12,
    script: `
-- Epochs that a person has ended by deciding for another history, the lowest number the later ones began with, and when the present
-- one began: what those hold from there on may be sent to the box once more, and is then no second message.
ALTER TABLE box_cursor ADD COLUMN branch_epochs integer[], ADD COLUMN branch_seq bigint, ADD COLUMN branch_at timestamptz;
ALTER TABLE kept_entry ADD COLUMN repeats boolean NOT NULL DEFAULT false;
`,
  },
  {
    version: 13,
    script: `
-- A value that was read again says so where it is shown.
CREATE INDEX correction_by_time ON correction (box, measured_at);
`,
  },
  {
    version: 14,
    script: `
-- How many messages came again under another epoch, and were taken for what they are.
CREATE INDEX kept_entry_repeats ON kept_entry (box) WHERE repeats;
`,
  },
  {
    version: 15,
    script: `
-- The queue that an operator sees is a small part of all commands.
CREATE INDEX command_open ON command (requested_at) WHERE state IN ('requested', 'accepted', 'queued', 'on-air', 'acknowledged');
`,
  },
  {
    version: 16,
    script: `
-- The highest number the accepted box was ever confirmed, as it said last; in an incident that of both, and from where on the refused
-- one kept its entries: what lies between was taken off, and this database may have forgotten it.
ALTER TABLE box_cursor ADD COLUMN confirmed_seq bigint;
ALTER TABLE incident ADD COLUMN accepted_confirmed_seq bigint, ADD COLUMN refused_confirmed_seq bigint,
  ADD COLUMN refused_oldest_seq bigint;
`,
  },
  {
    version: 17,
    script: `
-- Which of several refused histories of one box an incident, and a batch kept aside, is of; where the refused one was last heard from;
-- and for which a person has decided, until its first batch of the new epoch comes.
ALTER TABLE incident ADD COLUMN claimant bigint, ADD COLUMN heard_from text;
ALTER TABLE fork ADD COLUMN incident integer;
ALTER TABLE box_cursor ADD COLUMN next_incident integer;
`,
  },
  {
    version: 18,
    script: `
-- When the box in whose place a person let another go on was last heard, and from where.
ALTER TABLE incident ADD COLUMN replaced_at timestamptz, ADD COLUMN replaced_from text;
`,
  },
  {
    version: 19,
    script: `
-- What tells two boxes of one name apart. Who brought last what was accepted, and who was refused last (JSON: address, the certificate's
-- number, version); where the refused journal ends, and the place its last batch starts from.
ALTER TABLE box_cursor ADD COLUMN sender text;
ALTER TABLE incident ADD COLUMN accepted_sender text, ADD COLUMN refused_sender text, ADD COLUMN refused_last_seq bigint,
  ADD COLUMN place_seq bigint, ADD COLUMN place_hash bytea;
-- Found where a person looks: the last number under which both are known to hold the same, the first under which they do not, the times of
-- what the refused one alone is known to hold, and of how much that was the finding.
ALTER TABLE incident ADD COLUMN common_seq bigint, ADD COLUMN parted_seq bigint, ADD COLUMN own_first_at timestamptz,
  ADD COLUMN own_last_at timestamptz, ADD COLUMN looked text;
-- Of a refused batch; absent from older ones, whose text says it.
ALTER TABLE fork ADD COLUMN entries integer;
`,
  },
  {
    version: 20,
    script: `
-- How often it was looked where the two histories of an incident parted.
ALTER TABLE incident ADD COLUMN looks integer NOT NULL DEFAULT 0;
`,
  },
];
