/** What our document says of a machine. */
export interface Report {
  readonly rebootRequired: boolean;
  /** Whether the operating system, or its kernel, is another one after the boot. */
  readonly versionChanges: boolean;
  /** Empty where the machine does not say. */
  readonly newVersion: string;
  readonly why: string;
}

/** Reads the lines `key: value` that our document prints. undefined: they are not there. */
export function readReport(output: string): Report | undefined {
  const said = new Map(
    output.split('\n').flatMap((line) => {
      const [, key, value] = /^([a-z-]+): (.*)$/.exec(line.trim()) ?? [];
      return key === undefined ? [] : [[key, value ?? ''] as const];
    }),
  );
  const required = said.get('reboot-required');
  if (required !== 'yes' && required !== 'no') return undefined;
  return {
    rebootRequired: required === 'yes',
    versionChanges: said.get('version-changes') === 'yes',
    newVersion: said.get('new-version') ?? '',
    why: said.get('why') ?? '',
  };
}
