/**
 * Numbers one after the other, outside the heap. A batch has tens of thousands; lists of them would outlive what V8 collects cheaply,
 * and each time the heap had grown by them all of it would be looked through.
 */
const FIRST = 1_024;

export class NumberColumn {
  values = new Float64Array(FIRST);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) this.grow();
    this.values[this.length++] = value;
  }

  private grow(): void {
    const larger = new Float64Array(this.values.length * 2);
    larger.set(this.values);
    this.values = larger;
  }
}
