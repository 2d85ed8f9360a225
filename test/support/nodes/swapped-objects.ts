/** Objects that are compared and swapped by an ETag, as S3 does with If-Match and If-None-Match. Each call takes one turn of the event loop. */
export class SwappedObjects<T> {
  readonly #objects = new Map<string, { readonly value: T; readonly etag: string }>();
  #writes = 0;

  async read(key: string): Promise<{ readonly value: T; readonly etag: string } | undefined> {
    await turn();
    return this.#objects.get(key);
  }

  async write(key: string, value: T, etag: string | undefined): Promise<'written' | 'conflict'> {
    await turn();
    if (this.#objects.get(key)?.etag !== etag) return 'conflict';
    this.#writes += 1;
    this.#objects.set(key, { value, etag: `"${this.#writes}"` });
    return 'written';
  }

  async delete(key: string, etag: string): Promise<'deleted' | 'conflict'> {
    await turn();
    const stored = this.#objects.get(key);
    if (stored && stored.etag !== etag) return 'conflict';
    this.#objects.delete(key);
    return 'deleted';
  }

  /** Those that begin so, in order. */
  keys(prefix: string): readonly string[] {
    return [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).toSorted();
  }

  /** How often something was written. */
  get writes(): number {
    return this.#writes;
  }
}

async function turn(): Promise<void> {
  await Promise.resolve();
}
