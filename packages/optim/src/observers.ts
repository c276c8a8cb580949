/** Those who want to hear of something that happens. */
export class Observers<T> {
  readonly #entries = new Set<{ readonly observer: (what: T) => void }>();

  /** Calls `observer` whenever it happens, until the function that is returned is called. */
  add(observer: (what: T) => void): () => void {
    const entry = { observer };
    this.#entries.add(entry);
    return () => void this.#entries.delete(entry);
  }

  tell(what: T): void {
    for (const { observer } of this.#entries) observer(what);
  }
}
