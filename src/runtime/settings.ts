import { SettingMissing } from './errors.ts';

/** The environment of a function: read when services are built, never when a module is imported. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A setting that must be there.
 *
 * @throws SettingMissing
 */
export function setting(environment: Environment, variable: string): string {
  const value = environment[variable];
  if (value === undefined || value === '') throw new SettingMissing(variable);
  return value;
}

/**
 * The state machines that this function may start, ARN by workflow: `STATE_MACHINE_NODE_BOOTSTRAP_ARN` is that of
 * `node-bootstrap`.
 */
export function stateMachineArns(environment: Environment): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([variable, arn]) => {
      const name = /^STATE_MACHINE_([A-Z0-9_]+)_ARN$/.exec(variable)?.[1];
      return name !== undefined && arn ? [[name.toLowerCase().replaceAll('_', '-'), arn]] : [];
    }),
  );
}
