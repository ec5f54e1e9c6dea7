/** The word a person probably meant: for "did you mean …?" after a mistyped command, model, key or name. */

/** Letters to add, drop, change or swap with the neighbour to come from one word to the other. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const changed = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      let best = Math.min(changed, previous[column]! + 1, current[column - 1]! + 1);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) best = Math.min(best, before[column - 2]! + 1);
      current.push(best);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length]!;
}

/** The nearest of `words`, or undefined when none is near enough to be worth a question (a third of its letters, or a beginning). */
export function closest(typed: string, words: Iterable<string>): string | undefined {
  const wanted = typed.toLowerCase();
  let best: { word: string; score: number } | undefined;
  for (const word of words) {
    const candidate = word.toLowerCase();
    const begins = wanted.length >= 3 && (candidate.startsWith(wanted) || candidate.includes(`-${wanted}`));
    const score = begins ? 0.5 : distance(wanted, candidate);
    const near = score <= Math.max(1, Math.floor(Math.max(candidate.length, wanted.length) / 3));
    if (near && (best === undefined || score < best.score)) best = { word, score };
  }
  return best?.word;
}
