/** Marks that would lie on each other become one. Pure: places on the square of the Web Mercator projection, each side 0 to 1. */

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Bunch<Member extends Place> extends Place {
  /** At least one, in the order given. */
  readonly members: readonly Member[];
}

/** Where a position in degrees (WGS 84) lies on the square; beyond ±85.0511° of latitude it has no place and is held at the edge. */
export function placeOf({ latitude, longitude }: { latitude: number; longitude: number }): Place {
  const sine = Math.sin((Math.max(-LATITUDE_MAX, Math.min(LATITUDE_MAX, latitude)) * Math.PI) / 180);
  return { x: longitude / 360 + 0.5, y: 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI) };
}

const LATITUDE_MAX = 85.0511;

/** The way back. */
export const positionOf = ({ x, y }: Place): { latitude: number; longitude: number } => ({
  latitude: (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI,
  longitude: (x - 0.5) * 360,
});

/**
 * Every point in exactly one bunch, and any two bunches at least `apart` from each other. The same points in the same order give
 * the same bunches, wherever the map is looked at.
 * @param apart on the square; a bunch stands in the middle of its members
 */
export function cluster<Member extends Place>(points: readonly Member[], apart: number): Bunch<Member>[] {
  let bunches: Bunch<Member>[] = points.map((point) => ({ x: point.x, y: point.y, members: [point] }));
  // Joined bunches move to their new middle, and may come near others there.
  for (;;) {
    const joined = joinNear(bunches, apart);
    if (joined.length === bunches.length) return joined;
    bunches = joined;
  }
}

function joinNear<Member extends Place>(bunches: readonly Bunch<Member>[], apart: number): Bunch<Member>[] {
  const cells = new Map<string, Set<Bunch<Member>>>();
  const cellOf = (value: number): number => Math.floor(value / apart);
  for (const bunch of bunches) {
    const key = `${cellOf(bunch.x)} ${cellOf(bunch.y)}`;
    const cell = cells.get(key) ?? new Set();
    cells.set(key, cell.add(bunch));
  }
  const taken = new Set<Bunch<Member>>();
  const joined: Bunch<Member>[] = [];
  for (const bunch of bunches) {
    if (taken.has(bunch)) continue;
    const together: Bunch<Member>[] = [];
    for (let column = cellOf(bunch.x) - 1; column <= cellOf(bunch.x) + 1; column++)
      for (let row = cellOf(bunch.y) - 1; row <= cellOf(bunch.y) + 1; row++) {
        const cell = cells.get(`${column} ${row}`) ?? [];
        for (const other of cell) if (Math.hypot(other.x - bunch.x, other.y - bunch.y) < apart) together.push(other);
      }
    for (const one of together) {
      taken.add(one);
      cells.get(`${cellOf(one.x)} ${cellOf(one.y)}`)?.delete(one);
    }
    joined.push(together.length === 1 ? bunch : inTheMiddle(together));
  }
  return joined;
}

function inTheMiddle<Member extends Place>(bunches: readonly Bunch<Member>[]): Bunch<Member> {
  const members = bunches.flatMap((bunch) => bunch.members);
  const mean = (of: (member: Member) => number): number =>
    members.reduce((sum, member) => sum + of(member), 0) / members.length;
  return { x: mean(({ x }) => x), y: mean(({ y }) => y), members };
}
