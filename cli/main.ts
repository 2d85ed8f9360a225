import { tender } from './tender.ts';

process.exitCode = await tender(process.argv.slice(2), {
  environment: process.env,
  out: process.stdout,
  err: process.stderr,
  now: () => new Date(),
});
// Connections that are kept alive would hold the process; what was written has to leave it first.
process.stdout.write('', () => process.exit());
