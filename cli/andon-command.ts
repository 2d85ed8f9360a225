import { Command } from 'commander';
import { andonParameter, pullAndon, releaseAndon } from '../src/aws/andon-parameter.ts';
import { homeAws } from '../src/wiring/registered-cluster.ts';
import { byItsClock, findDeployment } from './deployment.ts';
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
      await pullAndon(home, { reason, since: context.now().toISOString(), by });
      surroundings.err.write(`the andon is on: ${reason}\n`);
    });
  andon
    .command('off')
    .description('go on')
    .action(async () => {
      await releaseAndon((await found()).home);
      surroundings.err.write('the andon is off\n');
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
