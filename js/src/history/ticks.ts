/** The thumbnails that are ticked to be compared, in the order in which they were ticked. */

export class Ticks {
  readonly #ids = new Set<string>();
  /** The job ticked or unticked last: where a range starts. */
  #last: string | null = null;

  get ids(): string[] {
    return [...this.#ids];
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Ticks or unticks a job; with `range`, ticks all from the last one to this one, in `order`. */
  toggle(id: string, range: boolean, order: readonly string[]): void {
    const from = range && this.#last !== null ? order.indexOf(this.#last) : -1;
    const to = order.indexOf(id);
    if (from >= 0) {
      for (const between of order.slice(Math.min(from, to), Math.max(from, to) + 1)) this.#ids.add(between);
    } else if (!this.#ids.delete(id)) this.#ids.add(id);
    this.#last = id;
  }

  clear(): void {
    this.#ids.clear();
    this.#last = null;
  }
}
