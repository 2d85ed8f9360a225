/**
 * The `Date` of code that lives in a world: without arguments it is the world's time.
 *
 * A proxy of the real constructor rather than a subclass: dates that come from built-in modules are `instanceof` it
 * too, and `Date()` without `new` works.
 */
export function virtualDate(now: () => number): DateConstructor {
  const proxy: DateConstructor = new Proxy(Date, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget === proxy ? target : newTarget),
    apply: () => new Date(now()).toString(),
    get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
  });
  return proxy;
}
