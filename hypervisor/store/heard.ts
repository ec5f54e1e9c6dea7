/** When assets were heard, as far as this process has stored it: a sign of life that is no news is not written again. */

/** Some 100 bytes each; when full it starts again. */
const REMEMBERED_MAX = 500_000;

/** An asset of a box, and when it was heard last, ms since 1970. */
export interface Heard {
  readonly box: number;
  readonly asset: string;
  readonly at: number;
}

const assetOf = ({ box, asset }: Heard): string => `${box}\0${asset}`;

export class HeardBook {
  private readonly times = new Map<string, number>();

  /** Whether it is stored that the asset was heard then or later. That never falls. */
  holds(heard: Heard): boolean {
    return heard.at <= (this.times.get(assetOf(heard)) ?? Number.NEGATIVE_INFINITY);
  }

  /** These are stored, and their transaction is committed. */
  add(all: readonly Heard[]): void {
    if (this.times.size + all.length > REMEMBERED_MAX) this.times.clear();
    for (const heard of all) if (!this.holds(heard)) this.times.set(assetOf(heard), heard.at);
  }
}
