import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import type { Machine, UnitVerb } from '../instances/machine.ts';

/** What a script left behind. */
export interface ShellResult {
  readonly stdout: string;
  readonly stderr: string;
  /** The exit code; undefined when it was killed at its timeout. */
  readonly code: number | undefined;
  /** The script asked for a reboot or a halt. */
  readonly reboot: boolean;
}

/** Folders that a kubeadm node has, also when they are empty. */
const FOLDERS = [
  'etc/kubernetes/manifests',
  'etc/kubernetes/pki/etcd',
  'etc/tender',
  'var/lib/etcd',
  'var/lib/kubelet',
  'var/log',
  'proc',
  'run',
];

/** Units whose state a machine's journals tell: a unit that wrote something is there, and runs unless its program says that it does not. */
const SHIMS: Readonly<Record<string, string>> = {
  systemctl: `verb=
for argument in "$@"; do case "$argument" in -*) ;; *) if [ -z "$verb" ]; then verb="$argument"; else unit="\${argument%.service}"; fi ;; esac; done
case "$verb" in
  reboot | poweroff | halt) : > "$TENDER_SHELL/reboot" ;;
  is-active | status) if [ -e "$TENDER_SHELL/journal/\${unit:-none}" ] && [ ! -e "$TENDER_SHELL/down/\${unit:-none}" ]; then echo active; else echo inactive; exit 3; fi ;;
  start | stop | restart)
    echo "$verb \${unit:-none}" >> "$TENDER_SHELL/units"
    if [ "$verb" = stop ]; then : > "$TENDER_SHELL/down/\${unit:-none}"; else rm -f "$TENDER_SHELL/down/\${unit:-none}"; fi
    echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) systemd: $verb \${unit:-}" >> "$TENDER_SHELL/journal/systemd" ;;
  enable | disable | daemon-reload | reset-failed) echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) systemd: $verb \${unit:-}" >> "$TENDER_SHELL/journal/systemd" ;;
  *) echo "systemctl $verb is not simulated" >&2; exit 1 ;;
esac`,
  journalctl: `unit=
lines=
while [ $# -gt 0 ]; do
  case "$1" in
    -u | --unit) unit="\${2%.service}"; shift ;;
    --unit=*) unit="\${1#--unit=}" ;;
    -n | --lines) lines="$2"; shift ;;
    --lines=*) lines="\${1#--lines=}" ;;
  esac
  shift
done
if [ -z "$unit" ]; then set -- "$TENDER_SHELL"/journal/*; else set -- "$TENDER_SHELL/journal/$unit"; fi
[ -e "$1" ] || { echo '-- No entries --'; exit 0; }
if [ -n "$lines" ]; then cat "$@" | tail -n "$lines"; else cat "$@"; fi`,
  crictl: `case "\${1:-}" in
  ps | pods | images) echo "CONTAINER IMAGE CREATED STATE NAME" ;;
  info | version) echo "RuntimeName: containerd" ;;
  *) echo "crictl \${1:-} is not simulated" >&2; exit 1 ;;
esac`,
  reboot: ': > "$TENDER_SHELL/reboot"',
  shutdown: ': > "$TENDER_SHELL/reboot"',
  // `-update` waits until the update is installed, or none is there; what it installs is the machine's afterwards.
  update_engine_client: `said="$TENDER_SHELL/update-engine"
case "\${1:-}" in
  -status) cat "$said/status" ;;
  -update | -check_for_update)
    if [ -e "$said/available" ]; then
      : > "$said/installed"
      printf 'LAST_CHECKED_TIME=%s\\nPROGRESS=1.000000\\nCURRENT_OP=UPDATE_STATUS_UPDATED_NEED_REBOOT\\nNEW_VERSION=%s\\nNEW_SIZE=282041956\\n' "$TENDER_NOW" "$(cat "$said/available")" > "$said/status"
      echo 'Update succeeded -- reboot needed.' >&2
    else echo 'No update available' >&2; fi ;;
  *) echo "update_engine_client \${1:-} is not simulated" >&2; exit 1 ;;
esac`,
  hostname: 'echo "$TENDER_HOSTNAME"',
  date: 'exec "$TENDER_REAL_DATE" -d "@$TENDER_NOW" "$@"',
  ip: 'case "$*" in *route*) echo "default via 10.0.0.1 dev eth0" ;; *) echo "eth0 UP $TENDER_ADDRESS/24" ;; esac',
  df: 'printf "%s\\n" "Filesystem Size Used Avail Use% Mounted on" "/dev/nvme0n1p1 20G 4.2G 16G 21% /"',
  timedatectl: 'echo NTPSynchronized=yes',
  aws: `name=
for argument in "$@"; do if [ "\${previous:-}" = --name ]; then name="$argument"; fi; previous="$argument"; done
case "\${1:-} \${2:-}" in
  'ssm get-parameter') ;;
  *) echo "aws \${1:-} \${2:-} is not simulated" >&2; exit 255 ;;
esac
file="$TENDER_SHELL/parameters/$(printf %s "$name" | tr / _)"
if [ -e "$file" ]; then cat "$file"; else echo "An error occurred ($(cat "$file.error" 2>/dev/null || echo ParameterNotFound)) when calling the GetParameter operation" >&2; exit 254; fi`,
  // What it would change in the cluster is the machine's program to do, which sees the file.
  kubeadm: `case "\${1:-} \${2:-} \${3:-}" in
  'version --output short') echo v1.36.2 ;;
  'init phase upload-certs')
    while [ $# -gt 0 ]; do [ "$1" != --config ] || config="$2"; shift; done
    mkdir -p "$TENDER_ROOT/var/lib/kubeadm"
    cat "$config" > "$TENDER_ROOT/var/lib/kubeadm/upload-certs.yaml"
    echo '[upload-certs] Storing the certificates in Secret "kubeadm-certs" in the "kube-system" Namespace'
    echo '[upload-certs] Using certificate key:'
    sed -n 's/^certificateKey: //p' "$config" ;;
  *) echo "kubeadm \${1:-} \${2:-} is not simulated" >&2; exit 1 ;;
esac`,
};

/**
 * Runs a script in a real shell, on a directory tree that holds the machine's files: `TENDER_ROOT` is its root.
 *
 * Commands that would look at or change the real host are shims that show the machine instead; a reboot, and what is done to units, is noted and done to the machine afterwards.
 * Parameters that the script names are read beforehand, as the machine's role. Files that the script wrote are the machine's afterwards (deleted ones come back: a machine has no way to lose a file).
 * The clock of the world stands still meanwhile, and `date` shows it.
 */
export async function runInShell(machine: Machine, script: string, timeoutSeconds: number): Promise<ShellResult> {
  const { shell } = machine;
  if (shell) return machine.world.realWork(() => shell.run(script));
  const parameters = await parametersFor(machine, script);
  return machine.world.realWork(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'machine-'));
    try {
      const root = join(folder, 'root');
      await materialise(machine, root, folder);
      for (const [name, text] of parameters) await write(join(folder, 'parameters', name), text);
      const result = await execute(machine, folder, script, timeoutSeconds);
      await takeBack(machine, root);
      const { available } = machine.system ?? {};
      if (available && (await readdir(join(folder, 'update-engine'))).includes('installed'))
        machine.system?.install(available);
      for (const [verb, unit] of await unitsTouched(folder)) machine.systemctl(verb, unit);
      return { ...result, reboot: (await readdir(folder)).includes('reboot') };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

/** By the names of files: the value, or `….error` with the code that AWS answers. */
async function parametersFor(machine: Machine, script: string): Promise<readonly (readonly [string, string])[]> {
  const names = [...new Set(script.match(/\/tender\/[\w./-]*\w/g))];
  return Promise.all(
    names.map(async (name) => {
      const file = name.replaceAll('/', '_');
      try {
        const answer = await machine.aws('ssm', 'GetParameter', { Name: name, WithDecryption: true });
        return [file, (answer as { Parameter?: { Value?: string } }).Parameter?.Value ?? ''] as const;
      } catch (error) {
        return [`${file}.error`, (error as { code?: string }).code ?? (error as Error).name] as const;
      }
    }),
  );
}

async function materialise(machine: Machine, root: string, folder: string): Promise<void> {
  for (const path of FOLDERS) await mkdir(join(root, path), { recursive: true });
  await writeFile(
    join(root, 'proc/meminfo'),
    'MemTotal:        3900000 kB\nMemAvailable:    3100000 kB\nSwapTotal:             0 kB\n',
  );
  await write(join(root, 'etc/resolv.conf'), 'nameserver 10.0.0.2\n');
  await write(join(root, 'etc/os-release'), 'NAME="Flatcar Container Linux by Kinvolk"\nID=flatcar\nID_LIKE=coreos\n');
  await write(join(root, 'etc/hostname'), `${machine.privateDnsName}\n`);
  await write(join(root, 'var/log/cloud-init-output.log'), lines(machine.journalOf('cloud-init')));
  for (const [path, text] of machine.files) await write(join(root, path), text);
  await mkdir(join(folder, 'journal'));
  for (const unit of ['kubelet', 'containerd', 'cloud-init', 'tender-join', 'systemd', 'update-engine', 'locksmithd']) {
    const journal = machine.journalOf(unit);
    if (journal.length > 0) await write(join(folder, 'journal', unit), lines(journal));
  }
  await mkdir(join(folder, 'down'));
  for (const unit of machine.inactiveUnits()) await write(join(folder, 'down', unit), '');
  await write(join(root, 'proc/sys/kernel/random/boot_id'), `${machine.bootId}\n`);
  await writeUpdateEngine(machine, join(folder, 'update-engine'));
  for (const [name, body] of Object.entries(SHIMS)) {
    const path = join(folder, 'bin', name);
    await write(path, `#!/bin/sh\n${body}\n`);
    await chmod(path, 0o755);
  }
}

/** What update_engine says of the machine. */
async function writeUpdateEngine({ system, world }: Machine, folder: string): Promise<void> {
  const status = {
    LAST_CHECKED_TIME: Math.floor(world.now() / 1000),
    PROGRESS: system?.installed ? '1.000000' : '0.000000',
    CURRENT_OP: system?.operation ?? 'UPDATE_STATUS_IDLE',
    NEW_VERSION: system?.installed?.version ?? '0.0.0',
    NEW_SIZE: 0,
  };
  const text = Object.entries(status).map(([key, value]) => `${key}=${value}\n`);
  await write(join(folder, 'status'), text.join(''));
  if (system?.available && !system.installed) await write(join(folder, 'available'), system.available.version);
}

function execute(
  machine: Machine,
  folder: string,
  script: string,
  timeoutSeconds: number,
): Promise<Omit<ShellResult, 'reboot'>> {
  const env = {
    PATH: `${join(folder, 'bin')}:/usr/bin:/bin:/usr/sbin:/sbin`,
    HOME: '/root',
    LC_ALL: 'C.UTF-8',
    // Another machine's are none of this one's.
    TMPDIR: folder,
    TENDER_ROOT: join(folder, 'root'),
    TENDER_SHELL: folder,
    TENDER_HOSTNAME: machine.privateDnsName,
    TENDER_ADDRESS: machine.privateIpAddress,
    AWS_SSM_REGION_NAME: machine.region,
    AWS_SSM_INSTANCE_ID: machine.instanceId,
    TENDER_NOW: String(Math.floor(machine.world.now() / 1000)),
    TENDER_REAL_DATE: '/bin/date',
  };
  return new Promise((resolve, reject) => {
    // A group of its own, so that the timeout reaches what the script started.
    const child = spawn('bash', ['-c', script], {
      cwd: join(folder, 'root'),
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 0,
    });
    const output = { stdout: '', stderr: '' };
    let late = false;
    const killer = AbortSignal.timeout(timeoutSeconds * 1000);
    const kill = () => {
      late = true;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    };
    killer.addEventListener('abort', kill);
    child.stdout.on('data', (chunk: Buffer) => {
      output.stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output.stderr += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => {
      killer.removeEventListener('abort', kill);
      resolve({ ...output, code: late ? undefined : (code ?? 1) });
    });
  });
}

async function takeBack(machine: Machine, root: string): Promise<void> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((each) => each.isFile()).sort((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1))) {
    const path = `/${relative(root, pathOf(entry))}`;
    if (path.startsWith('/proc/')) continue;
    const text = await readFile(pathOf(entry), 'utf8');
    if (machine.files.get(path) !== text) machine.writeFile(path, text);
  }
}

/** What the script did to units, in order. */
async function unitsTouched(folder: string): Promise<readonly (readonly [UnitVerb, string])[]> {
  const text = await readFile(join(folder, 'units'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' ') as [UnitVerb, string]);
}

function pathOf(entry: { readonly parentPath: string; readonly name: string }): string {
  return join(entry.parentPath, entry.name);
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

function lines(journal: readonly string[]): string {
  return journal.map((line) => `${line}\n`).join('');
}
