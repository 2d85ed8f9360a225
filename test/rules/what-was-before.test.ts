import { expect, it } from 'vitest';
import { auditTable } from '../support/audit-table.ts';
import { sourceFiles, textOf } from '../support/source-files.ts';

/** As src/aws/audited-calls.ts has it: what only looks, or makes and opens ciphers. */
const LOOKS =
  /^(Describe|List|Get|Head|Lookup|Search|Simulate|Assume|Encrypt|Decrypt|Verify|Generate|Test|Filter|Receive)/;
/** What only asks, or says something about a Node. */
const SAYINGS = ['createNamespacedEvent', 'createSelfSubjectAccessReview'];

/** Every request to AWS that changes something, and every one to the API server. */
function mutatingCalls(): readonly string[] {
  const aws = sourceFiles('src/aws').flatMap((path) => [...textOf(path).matchAll(/new ([A-Z]\w+)Command\(/g)]);
  const cluster = sourceFiles('src/kubernetes').flatMap((path) => [
    ...textOf(path).matchAll(/\.((?:create|patch|replace|delete)[A-Z]\w+)\(/g),
  ]);
  const names = [...aws, ...cluster].map(([, name = '']) => name);
  return [...new Set(names)].filter((name) => !LOOKS.test(name) && !SAYINGS.includes(name)).toSorted();
}

it('says in docs/audit.md of each call that changes something whether its record has what was before, and why not', () => {
  expect(mutatingCalls().length).toBeGreaterThan(30);
  expect(
    [...auditTable().keys()].toSorted(),
    'a call that is new: give it a row below Before, and a look where one is cheap (src/aws/seen-states.ts, look-before.ts)',
  ).toEqual(mutatingCalls());
});
