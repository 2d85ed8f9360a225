import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readArguments } from './arguments.ts';
import { DRILL_PLATFORM, drillPrograms, obtainDrillPrograms } from './assets/drill-programs.ts';
import { bundleProgram } from './build/bundle-functions.ts';

const root = resolve(import.meta.dirname, '..');
const help = `Makes the folder that the image for drills on Fargate is built from: its Dockerfile, the program, and etcd, etcdutl and kube-apiserver for arm64, built with Go
from pinned modules.

  npm run drill-image [-- --without-kubernetes] [--output .assets/drill-image]

  --without-kubernetes  no kube-apiserver: drills prove etcd only
  --directory <path>    where programs are built, and taken from when they are there (default .assets/arm64)
  --output <path>       default .assets/drill-image
  --help                this text

Says at the end how to build and push it.
`;

const { values: options } = readArguments(
  {
    options: {
      'without-kubernetes': { type: 'boolean', default: false },
      directory: { type: 'string', default: join(root, '.assets', DRILL_PLATFORM) },
      output: { type: 'string', default: join(root, '.assets', 'drill-image') },
      help: { type: 'boolean', default: false },
    },
  },
  help,
);

if (options.help) process.stdout.write(help);
else await main();

async function main(): Promise<void> {
  const programs = drillPrograms(!options['without-kubernetes']);
  const directory = resolve(options.directory);
  await obtainDrillPrograms(programs, directory, say);
  const output = resolve(options.output);
  rmSync(output, { recursive: true, force: true });
  mkdirSync(join(output, 'bin'), { recursive: true });
  for (const name of programs) copyFileSync(join(directory, name), join(output, 'bin', name));
  copyFileSync(join(root, 'deploy', 'drill-image', 'Dockerfile'), join(output, 'Dockerfile'));
  await bundleProgram(root, join(root, 'containers', 'drill-snapshot.ts'), output, 'container');
  process.stdout.write(`${output}\n`);
  say('Build it and push it to a repository of ECR, and deploy with its address (docs/etcd.md):');
  say(
    `  docker build --platform linux/${DRILL_PLATFORM} -t <account>.dkr.ecr.<region>.amazonaws.com/tender-drill:1 ${options.output}`,
  );
  say('  docker push <account>.dkr.ecr.<region>.amazonaws.com/tender-drill:1');
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
