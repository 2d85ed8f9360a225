import { Command } from 'commander';
import { andonParameter, pullAndon, releaseAndon } from '../src/aws/andon-parameter.ts';
import type { Andon } from '../src/nodes/retire-ports.ts';
import { homeAws } from '../src/wiring/registered-cluster.ts';
import { byItsClock, findDeployment } from './deployment.ts';
import { AndonChanged } from './errors.ts';
import { print } from './print.ts';
import type { CommonOptions, Surroundings } from './surroundings.ts';

/** `tender andon …`: the cord that stops everything that could be left, in all clusters of the deployment. */
export function andonCommand(program: Command, surroundings: Surroundings): Command {
  const found = async () => {
    const context = { ...surroundings, options: program.opts<CommonOptions>() };
    const deployment = await findDeployment(context);
    return { context: byItsClock(context, deployment), home: homeAws(deployment.environment) };
  };
  const andon = new Command('andon').description(
    'stop everything that could be left, in every cluster; or let it go on',
  );
  andon
    .command('on')
    .description('stop: no repair, no retirement by choice, no update begins or goes on to its next step')
    .requiredOption('--reason <text>', 'for whoever finds it on')
    .action(async ({ reason }: { reason: string }) => {
      const { context, home } = await found();
      const by = surroundings.environment.USER ?? 'somebody';
      const mine = { reason, since: context.now().toISOString(), by };
      const on = await pullAndon(home, mine);
      // Two may pull in one millisecond.
      const says = words(on) === words(mine) ? `is on: ${reason}` : `was on already, ${words(on)}`;
      surroundings.err.write(`the andon ${says}\n`);
    });
  andon
    .command('off')
    .description('go on')
    .action(async () => {
      const { home } = await found();
      const on = await andonParameter(home).read();
      if (on && (await releaseAndon(home, on)) === 'changed') throw new AndonChanged();
      surroundings.err.write(on ? `the andon is off; it was on ${words(on)}\n` : 'the andon is off already\n');
    });
  andon
    .command('show', { isDefault: true })
    .description('say whether it is on, since when, and why')
    .action(async () => {
      const { context, home } = await found();
      const state = await andonParameter(home).read();
      const fields = state ? { andon: 'on', ...state } : { andon: 'off' };
      print(context, fields, { kind: 'fields', fields });
    });
  return andon;
}

const words = ({ since, by, reason }: Andon): string => `since ${since}, by ${by}: ${reason}`;
