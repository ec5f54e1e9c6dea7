/**
 * The hypervisor's store as far as a batch needs it, in memory: the product's own rules of admission and of what two histories share,
 * and one "transaction" whose commit is a moment the schedule can aim at. memory-store.test.ts holds it to the same answers as the
 * store on a database.
 */
import { admit, type Cursor, goneOfChosen, goneOfReplaced } from "../../cloud-sync/protocol/admit.ts";
import type { DecodedBatch } from "../../cloud-sync/protocol/batch.ts";
import { RunningHash } from "../../cloud-sync/protocol/chain.ts";
import type { BatchReply, Entry, Gone, Hole } from "../../cloud-sync/protocol/entry.ts";
import { lostAmong, markOf } from "../../cloud-sync/protocol/taken-off.ts";
import { type Claim, placeOf as claimedPlaceOf, claimOf, epochFor } from "../../hypervisor/store/claimants.ts";
import {
  identityOf,
  mayRepeat,
  newOf,
  type ToldByNumber,
  toldAside,
  toldOf,
} from "../../hypervisor/store/held-already.ts";
import { isBeat } from "../../hypervisor/store/life.ts";
import { sortEntries } from "../../hypervisor/store/sorting.ts";

/** What the region holds of one box. */
export interface HeldBox {
  readonly cursor: Cursor | undefined;
  /** Of the present epoch. */
  readonly entries: readonly Entry[];
  /** Of the epochs before it, and where the last of them ended. */
  readonly earlier: readonly Entry[];
  readonly before: { readonly epoch: number; readonly seq: number } | undefined;
  /** Where the present epoch began, and when, if it was not the first. */
  readonly branch: { readonly fromSeq: number; readonly begunAt: number } | undefined;
  /** Up to there it was heard by a region that forgot the box itself; a person is told. */
  readonly neverHad: number;
  /** Of the present epoch: what an earlier one holds as well. */
  readonly repeats: readonly Entry[];
  readonly incident: string | undefined;
  /** Batches refused because they belong to another history. */
  readonly forks: number;
  /** The incidents of that, decided or not, in the order of their opening. */
  readonly claims: readonly MemoryClaim[];
  readonly nextEpoch: number | undefined;
  /** For which of them. */
  readonly nextIncident: string | undefined;
  /** Every place of every history it has heard, as number and hash: what it can show to be held. */
  readonly places: ReadonlySet<string>;
  /** The same of where holes end: it holds nothing there. */
  readonly holeEnds: ReadonlySet<string>;
  /** What was told to be gone, and what it never had; without the end of it whose hash is known. */
  readonly holes: readonly Gone[];
  /** Numbers among which a chosen history has lost what this region forgot; a person is told. */
  readonly lostByChosen: readonly LostByChosen[];
  /** Of the epochs before that have been heard since they ended: from where on they keep, and what of it this region forgot. */
  readonly replaced: ReadonlyMap<number, { readonly oldestSeq: number; readonly gone: Gone | undefined }>;
  /** The highest number the accepted box was ever confirmed, as it said with its last batch that was more than a sign of life. */
  readonly confirmedSeq: number;
  /** What each incident says of both. */
  readonly refused: ReadonlyMap<string, Refused>;
}

export interface LostByChosen extends Gone {
  /** Undefined: nobody could count it. */
  readonly lost: number | undefined;
  /** Whether the box said what it had taken off. */
  readonly isTold: boolean;
  readonly epoch: number;
}

export interface MemoryClaim extends Claim<string> {
  readonly epoch: number;
}

/** How far both were ever confirmed, and from where on the refused one keeps its entries. */
export interface Refused {
  readonly acceptedConfirmedSeq: number;
  readonly confirmedSeq: number;
  readonly oldestSeq: number;
}

/** Calls `commit` when the transaction would commit; what it throws undoes everything. */
export type AtCommit = (commit: () => void) => void;

export interface MemoryStore {
  acceptBatch(batch: DecodedBatch, arrivedAt: number): Promise<BatchReply>;
  /** What screens show before the history is there; it is no part of the history. */
  acceptLatest(batch: DecodedBatch, arrivedAt: number): Promise<void>;
  /** A person decides one incident: whether what is held is the box, or what was refused. */
  decide(box: string, incident: string, decision: "keep" | "new-epoch"): void;
  held(box: string): HeldBox;
  /** A backup, and coming back from it. */
  save(): ReadonlyMap<string, HeldBox>;
  restore(saved: ReadonlyMap<string, HeldBox>): void;
}

const EMPTY: HeldBox = {
  cursor: undefined,
  entries: [],
  earlier: [],
  before: undefined,
  branch: undefined,
  neverHad: 0,
  repeats: [],
  incident: undefined,
  forks: 0,
  claims: [],
  nextEpoch: undefined,
  nextIncident: undefined,
  places: new Set(),
  holeEnds: new Set(),
  holes: [],
  lostByChosen: [],
  replaced: new Map(),
  confirmedSeq: 0,
  refused: new Map(),
};

const placeOf = (seq: number, hash: Uint8Array): string => `${seq} ${Buffer.from(hash).toString("hex")}`;

/** Whether the place a batch starts from is held, of whatever epoch. */
const isHeld = ({ places }: HeldBox, { firstSeq, hashBefore }: DecodedBatch): boolean =>
  firstSeq === 1 || places.has(placeOf(firstSeq - 1, hashBefore));

/** What of that is not here; undefined where nothing is missing. */
function lostOf(held: HeldBox, { takenOff, epoch }: DecodedBatch, gone: Gone): LostByChosen | undefined {
  const { places, holeEnds, holes, entries, earlier } = held;
  const marks = new Map<number, number[]>();
  for (const place of [...places, ...holeEnds]) {
    const [seq, hash] = place.split(" ") as [string, string];
    const found = marks.get(Number(seq)) ?? [];
    marks.set(Number(seq), found);
    found.push(markOf(Buffer.from(hash, "hex")));
  }
  const stored = new Set([...entries, ...earlier].map(({ seq }) => seq));
  const isGone = (seq: number): boolean => holes.some(({ from, to }) => from <= seq && seq <= to);
  const heldMarks = (seq: number) => ({
    marks: marks.get(seq) ?? [],
    isOpen: isGone(seq) || (stored.has(seq) && !marks.has(seq)),
  });
  const counted = takenOff && lostAmong(takenOff, gone, heldMarks);
  if (counted === undefined) return { ...gone, lost: undefined, isTold: takenOff !== undefined, epoch };
  return counted.lost === 0 ? undefined : { ...counted, isTold: true, epoch };
}

/** As far as holes do not hide them. */
function* placesOf(batch: DecodedBatch): Generator<string> {
  const { hashBefore, entries, unusable, gone, lastSeq, hashAfter } = batch;
  let running: RunningHash | undefined = new RunningHash(hashBefore);
  const links = [...entries, ...unusable].sort((a, b) => a.seq - b.seq);
  for (const link of links) {
    const hole = gone.find(({ to }) => to === link.seq - 1);
    if (hole !== undefined) running = hole.hashAfter && new RunningHash(hole.hashAfter);
    running?.step(link);
    if (running !== undefined) yield placeOf(link.seq, running.hash);
  }
  if (links.at(-1)?.seq === lastSeq) yield placeOf(lastSeq, hashAfter);
}

/** What the batch says of its own end it says of a hole there. */
const holesOf = ({ gone, lastSeq, hashAfter }: DecodedBatch): readonly Hole[] =>
  gone.map((hole) => (hole.to === lastSeq ? { ...hole, hashAfter } : hole));

const endsOf = (holes: readonly Hole[]): string[] =>
  holes.flatMap(({ to, hashAfter }) => (hashAfter === undefined ? [] : [placeOf(to, hashAfter)]));

const withoutEnds = (holes: readonly Hole[]): Gone[] =>
  holes.map(({ from, to, hashAfter }) => ({ from, to: hashAfter === undefined ? to : to - 1 }));

const durable = (cursor: Cursor, quarantined: readonly number[], serverTime: number): BatchReply => ({
  status: 200,
  durableSeq: cursor.seq,
  durableHash: Buffer.from(cursor.hash).toString("hex"),
  quarantined,
  serverTime,
});

/** The first batch of another epoch closes the one before. */
const asBegun = (held: HeldBox, epoch: number, from: number, begunAt: number): HeldBox => {
  const { cursor } = held;
  if (cursor === undefined || cursor.epoch === epoch) return held;
  const before = { epoch: cursor.epoch, seq: cursor.seq };
  const branch = { fromSeq: Math.min(held.branch?.fromSeq ?? from, from), begunAt };
  const earlier = [...held.earlier, ...held.entries];
  return { ...held, entries: [], repeats: [], earlier, before, branch, nextEpoch: undefined, nextIncident: undefined };
};

/** Of entries, those that an earlier epoch holds under any number. */
const repeatsOf = ({ earlier, branch }: HeldBox, entries: readonly Entry[], arrivedAt: number): ReadonlySet<Entry> => {
  if (branch === undefined) return new Set();
  const known = new Set(earlier.filter(({ seq }) => seq >= branch.fromSeq).map(({ body }) => identityOf(body)));
  const isRepeat = ({ body }: Entry): boolean =>
    identityOf(body) !== undefined && known.has(identityOf(body)) && mayRepeat(body, branch.begunAt, arrivedAt);
  return new Set(entries.filter(isRepeat));
};

/** What the epoch before tells under each number. */
const toldBefore = (earlier: readonly Entry[], communes: readonly string[]): ToldByNumber => {
  const aside = new Map(sortEntries(earlier, communes).unusable.map(({ seq, entry }) => [seq, toldAside(entry)]));
  return new Map(earlier.map((entry) => [entry.seq, aside.get(entry.seq) ?? toldOf(entry)]));
};

export interface MemoryStoreOptions {
  readonly communes: readonly string[];
  readonly atCommit?: AtCommit;
  readonly admission?: typeof admit;
  readonly repeats?: typeof repeatsOf;
}

export function createMemoryStore(options: MemoryStoreOptions): MemoryStore {
  const { communes, atCommit = (commit) => commit(), admission: judge = admit, repeats: find = repeatsOf } = options;
  let boxes = new Map<string, HeldBox>();
  const heldBy = (box: string): HeldBox => boxes.get(box) ?? EMPTY;

  function store(batch: DecodedBatch, from: number, cursor: Cursor, arrivedAt: number): BatchReply {
    const known = heldBy(batch.box);
    const begun = asBegun(known, cursor.epoch, from, arrivedAt);
    const neverHad = batch.firstSeq - 1;
    const held = known.cursor === undefined ? { ...begun, neverHad, holes: [{ from: 1, to: neverHad }] } : begun;
    const isShared = held.before !== undefined && batch.firstSeq <= held.before.seq;
    const lines = isShared ? newOf(batch, toldBefore(held.earlier, communes)) : batch;
    const news = lines.entries.filter(({ seq }) => seq >= from);
    const again = find(held, news, arrivedAt);
    const fresh = news.filter((entry) => !again.has(entry));
    const repeats = [...held.repeats, ...again];
    const foreign = lines.unusable.filter(({ seq }) => seq >= from);
    const { unusable } = sortEntries(fresh, communes);
    const gone =
      known.cursor !== undefined && cursor.epoch !== known.cursor.epoch
        ? goneOfChosen(batch, isHeld(known, batch))
        : undefined;
    const counted = gone && lostOf(known, batch, gone);
    const lostByChosen = counted === undefined ? held.lostByChosen : [...held.lostByChosen, counted];
    const places = new Set([...held.places, ...placesOf(batch)]);
    const holeEnds = new Set([...held.holeEnds, ...endsOf(holesOf(batch))]);
    const holes = [...held.holes, ...withoutEnds(holesOf(batch))];
    const entries = [...held.entries, ...fresh];
    const { confirmedSeq = 0 } = isBeat(batch) ? held : batch.health;
    const settled = chosenBy(known, batch)?.isNamed ? { nextEpoch: undefined, nextIncident: undefined } : {};
    atCommit(() =>
      boxes.set(batch.box, {
        ...held,
        ...settled,
        cursor,
        repeats,
        entries,
        places,
        holeEnds,
        holes,
        lostByChosen,
        confirmedSeq,
      }),
    );
    const quarantined = [...foreign, ...unusable].map(({ seq }) => seq).sort((a, b) => a - b);
    return durable(cursor, quarantined, arrivedAt);
  }

  /** What a person has decided for this sender. */
  function chosenBy(held: HeldBox, batch: DecodedBatch) {
    const { nextEpoch, nextIncident, claims } = held;
    const of = claims.find(({ id }) => id === nextIncident);
    if (nextEpoch === undefined || of?.claimant !== batch.claimant) return undefined;
    return { epoch: nextEpoch, isHeld: isHeld(held, batch), isNamed: of?.claimant !== undefined };
  }

  function refuse(batch: DecodedBatch, isSaid: boolean): BatchReply {
    const held = heldBy(batch.box);
    const { claims } = held;
    const { claimant, epoch } = batch;
    const sender = { ...(claimant === undefined ? {} : { claimant }), place: claimedPlaceOf(batch, isSaid) };
    const known = claimOf<string, MemoryClaim>(claims, sender, held.nextIncident);
    const claim = known === undefined ? { ...sender, id: `fork:${claims.length + 1}`, epoch } : { ...sender, ...known };
    const { id } = claim;
    const chosen = chosenBy(held, batch);
    const open = claim.decision === undefined && chosen === undefined ? { incident: id } : {};
    const all = known === undefined ? [...claims, claim] : claims.map((each) => (each === known ? claim : each));
    const { confirmedSeq = 0, oldestSeq } = batch.health;
    const acceptedConfirmedSeq = Math.max(held.confirmedSeq, held.cursor?.seq ?? 0);
    const refused = new Map(held.refused).set(id, { acceptedConfirmedSeq, confirmedSeq, oldestSeq });
    boxes.set(batch.box, { ...held, ...open, claims: all, refused, forks: held.forks + 1 });
    if (chosen !== undefined) return { status: 410, epoch: chosen.epoch, adopt: true };
    return { status: 423, incident: id };
  }

  function choose({ cursor, claims, nextEpoch, nextIncident }: HeldBox, { id, epoch, claimant }: MemoryClaim) {
    const known = claims.flatMap((each) => (each.id === id ? [] : [each.epoch]));
    const fresh = epochFor(cursor?.epoch ?? 0, {
      epoch,
      others: [...known, ...(nextEpoch === undefined ? [] : [nextEpoch])],
    });
    const former = claims.find((each) => each.id === nextIncident)?.claimant;
    const isShared = claimant === undefined && former === undefined;
    return { nextEpoch: isShared ? (nextEpoch ?? fresh) : fresh, nextIncident: id };
  }

  return {
    async acceptBatch(batch, arrivedAt) {
      const held = heldBy(batch.box);
      const { cursor } = held;
      const chosen = chosenBy(held, batch);
      const admission = judge(cursor, batch, chosen);
      switch (admission.verdict) {
        case "duplicate":
          return durable(admission.cursor, [], arrivedAt);
        case "gap":
          return { status: 409, expectedSeq: admission.expectedSeq, serverTime: arrivedAt };
        case "wrong-epoch":
          boxes.set(batch.box, {
            ...held,
            replaced: new Map(held.replaced).set(batch.epoch, {
              oldestSeq: batch.health.oldestSeq,
              gone: held.before === undefined ? undefined : goneOfReplaced(batch, held.before),
            }),
          });
          if (chosen?.isNamed) return { status: 410, epoch: chosen.epoch, adopt: true };
          return { status: 410, epoch: admission.epoch };
        case "fork":
          return refuse(batch, admission.reason === "disputed" || admission.reason === "later-epoch");
        case "begin":
        case "accept":
          return store(batch, admission.from, admission.cursor, arrivedAt);
      }
    },
    acceptLatest: async () => {},
    decide(box, id, decision) {
      const held = heldBy(box);
      const claim = held.claims.find((each) => each.id === id);
      if (
        claim === undefined ||
        !(claim.decision === undefined || (claim.decision === "keep" && decision === "new-epoch"))
      )
        return;
      const claims = held.claims.map((each) => (each === claim ? { ...each, decision } : each));
      const incident = claims.findLast((each) => each.decision === undefined)?.id;
      boxes.set(box, { ...held, claims, incident, ...(decision === "new-epoch" ? choose(held, claim) : {}) });
    },
    held: heldBy,
    save: () => new Map(boxes),
    restore(saved) {
      boxes = new Map(saved);
    },
  };
}
