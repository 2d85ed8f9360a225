import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Zippable, zipSync } from 'fflate';
import { readArguments } from './arguments.ts';
import { buildGoProgram, goPrograms, goVersion } from './assets/go-build.ts';

const help = `Makes the Lambda layer that drills restore snapshots with: etcd and etcdutl for arm64, built with Go from pinned modules.

  npm run layer [-- --with-kubernetes] [--output drill-tools.zip]

  --with-kubernetes   kube-apiserver, too: it takes minutes to build, and 105 MB of the 250 MB that layers may have
  --directory <path>  where programs are built, and taken from when they are there (default .assets/arm64)
  --output <path>     default drill-tools.zip
  --help              this text

Says at the end how to publish it.
`;

const ETCD = ['etcd', 'etcdutl'];
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
  const names = [...ETCD, ...(options['with-kubernetes'] ? ['kube-apiserver'] : [])];
  const directory = resolve(options.directory);
  mkdirSync(directory, { recursive: true });
  if (names.some((name) => !existsSync(join(directory, name)))) await build(names, directory);
  const output = resolve(options.output);
  writeFileSync(output, zipped(names, directory));
  process.stdout.write(`${output}\n`);
  say('Publish it, and deploy with --param drillLayerArns=<LayerVersionArn>:');
  say(`  aws s3 cp ${options.output} s3://<bucket>/drill-tools.zip`);
  say('  aws lambda publish-layer-version --layer-name etcd-drill-tools --compatible-architectures arm64 \\');
  say('    --content S3Bucket=<bucket>,S3Key=drill-tools.zip');
}

/** Go builds for another machine when its environment says so. */
async function build(names: readonly string[], directory: string): Promise<void> {
  if (goVersion() === undefined) {
    say('there is no Go in PATH (1.26 or newer), and the programs are not in the directory');
    process.exit(1);
  }
  Object.assign(process.env, { GOOS: 'linux', GOARCH: 'arm64' });
  for (const program of goPrograms.filter(({ name }) => names.includes(name))) {
    say(`building ${program.name} for arm64 …`);
    await buildGoProgram(program, directory);
  }
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
