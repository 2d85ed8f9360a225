import { obtainEtcd } from '../rehearsal/etcd/obtain-etcd.ts';
import { readArguments } from './arguments.ts';

const HELP = `Sees that this machine has an etcd, which tests and the local cloud run as it is. Where there is none, Debian's is downloaded by apt and unpacked
below .assets: nothing is installed. Ends with 0 all the same where that is not possible: what needs etcd says so and is left out.

  node scripts/run.mjs scripts/etcd.ts

  --help  this text
`;

const { values } = readArguments({ options: { help: { type: 'boolean', default: false } } }, HELP);

if (values.help) process.stdout.write(HELP);
else {
  const obtained = obtainEtcd();
  if (!obtained.release) process.stderr.write(`${obtained.why}: what needs etcd is left out\n`);
}
