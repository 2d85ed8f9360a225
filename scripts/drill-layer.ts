import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Zippable, zipSync } from 'fflate';
import { readArguments } from './arguments.ts';
import { drillPrograms, obtainDrillPrograms } from './assets/drill-programs.ts';

const help = `Makes the Lambda layer that drills restore snapshots with: etcd and etcdutl for arm64, built with Go from pinned modules.

  npm run layer [-- --with-kubernetes] [--output drill-tools.zip]

  --with-kubernetes   kube-apiserver, too: it takes minutes to build, and 105 MB of the 250 MB that layers may have
  --directory <path>  where programs are built, and taken from when they are there (default .assets/arm64)
  --output <path>     default drill-tools.zip
  --help              this text

Says at the end how to publish it.
`;

const { values: options } = readArguments(
  {
    options: {
      'with-kubernetes': { type: 'boolean', default: false },
      directory: { type: 'string', default: join(import.meta.dirname, '..', '.assets', 'arm64') },
      output: { type: 'string', default: 'drill-tools.zip' },
      help: { type: 'boolean', default: false },
    },
  },
  help,
);

if (options.help) process.stdout.write(help);
else await main();

async function main(): Promise<void> {
  const names = drillPrograms(options['with-kubernetes']);
  const directory = resolve(options.directory);
  await obtainDrillPrograms(names, directory, say);
  const output = resolve(options.output);
  writeFileSync(output, zipped(names, directory));
  process.stdout.write(`${output}\n`);
  say('Publish it, and deploy with --param drillLayerArns=<LayerVersionArn>:');
  say(`  aws s3 cp ${options.output} s3://<bucket>/drill-tools.zip`);
  say('  aws lambda publish-layer-version --layer-name etcd-drill-tools --compatible-architectures arm64 \\');
  say('    --content S3Bucket=<bucket>,S3Key=drill-tools.zip');
}

function zipped(names: readonly string[], directory: string): Uint8Array {
  // Unix (3), and executable: Lambda keeps the mode of files.
  const attributes = { os: 3, attrs: 0o100755 << 16, mtime: new Date('2026-01-01T00:00:00Z'), level: 6 } as const;
  const files: Zippable = {};
  for (const name of names) files[`bin/${name}`] = [readFileSync(join(directory, name)), attributes];
  return zipSync(files);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
