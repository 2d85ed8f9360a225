/** What the holes of a stencil are filled with, by name. */
export type Fillings = Readonly<Record<string, string | number>>;

/**
 * Makes many texts that differ in a few places. The text has holes, `@name@`; an object is taken as the JSON of it. A hundred thousand objects are written this way in the
 * time that JSON.stringify needs for some thousands.
 */
export function stencil(pattern: string | object): (fillings: Fillings) => string {
  const parts = (typeof pattern === 'string' ? pattern : JSON.stringify(pattern)).split(/@(\w+)@/);
  return (fillings) => {
    let text = '';
    for (let index = 0; index < parts.length; index += 1) {
      const part = parts[index] ?? '';
      text += index % 2 === 0 ? part : (fillings[part] ?? `@${part}@`);
    }
    return text;
  };
}
