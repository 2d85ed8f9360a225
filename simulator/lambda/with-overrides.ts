/**
 * The real module or global with some of its members replaced. A proxy, because copying a module would fire its
 * deprecated getters and lose the receiver that methods like `crypto.subtle` insist on.
 */
export function withOverrides<T extends object>(real: T, overrides: Readonly<Record<string, unknown>>): T {
  return new Proxy(real, {
    get: (target, key) =>
      typeof key === 'string' && Object.hasOwn(overrides, key) ? overrides[key] : Reflect.get(target, key),
    has: (target, key) => (typeof key === 'string' && Object.hasOwn(overrides, key)) || Reflect.has(target, key),
  });
}
