import { randomInt } from 'node:crypto';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** So many characters of `[a-z0-9]`, each drawn evenly by the operating system's generator: good enough for secrets. */
export function randomText(characters: number): string {
  return Array.from({ length: characters }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}
