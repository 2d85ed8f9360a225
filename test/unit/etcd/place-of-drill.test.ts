import { expect, it } from 'vitest';
import { placeOfDrill } from '../../../src/etcd/place-of-drill.ts';

const GiB = 1024 ** 3;
const of = (bytes: number) => ({ id: 's', database: { bytes } });

it('drills what fits into a function there, with an image or without', () => {
  for (const hasImage of [true, false]) expect(placeOfDrill(of(4.5 * GiB), hasImage)).toEqual({ kind: 'function' });
});

it.each([
  [4.5 * GiB + 1, 21],
  [8 * GiB, 21],
  [8.6 * GiB, 23],
  [93 * GiB, 200],
])('drills %d bytes as a task with a disk of %d GiB', (bytes, storageGiB) => {
  expect(placeOfDrill(of(bytes), true)).toEqual({ kind: 'task', storageGiB });
});

it('refuses without an image, and says what to set; and above the largest disk, by hand then', () => {
  expect(() => placeOfDrill(of(5 * GiB), false)).toThrow(
    /5\.0 GiB.*drillImage, drillSubnetIds and drillSecurityGroupIds/,
  );
  expect(() => placeOfDrill(of(93.2 * GiB), true)).toThrow(/93\.2 GiB.*200 GiB.*by hand/);
});
