import { expect, it } from 'vitest';
import { guard } from '../../support/scenarios/departure.ts';
import { pages } from '../../support/scenarios/scenario.ts';
import { rehearseUpdate, update } from '../../support/scenarios/update.ts';
import type { Ran } from '../../support/tender-command.ts';
import { atTheDoor } from '../../support/tender-door.ts';

it('the page of an update that has stopped names commands that do what they say, and a plain abort says that there is nothing to end', async () => {
  const { scenario, first } = await rehearseUpdate({ entry: { drain: { timeoutSeconds: 120 } } });
  const [held = ''] = first;
  guard(scenario, { instanceId: held, nodeName: scenario.cloud.fleet.instances.all.get(held)?.privateDnsName ?? '' });
  await update(scenario);
  expect(scenario.outcomes('os-update')).toEqual(['FAILED UpdateStopped']);
  await scenario.comesToRest();

  const toDo = /^To do: .*$/m.exec(pages(scenario)[0]?.message ?? '')?.[0] ?? '';
  const commands = [...toDo.matchAll(/npx tender (update [^;]*?)(?=;|\. It has)/g)].map(([, words = '']) =>
    words.trim(),
  );
  expect(commands).toEqual([
    'update resume demo --group demo-workers',
    'update abort demo --group demo-workers --rollback',
  ]);
  const ran: Ran[] = [];
  await atTheDoor(scenario, async (run) => {
    for (const words of ['update abort demo --group demo-workers', ...commands])
      ran.push(await run(...words.split(' ')));
  });
  expect(ran[0]).toMatchObject({
    status: 1,
    err: expect.stringMatching(
      /it has stopped already, and nothing of it goes on by itself .*abort --rollback goes back/s,
    ),
  });
  expect(ran.slice(1).map(({ status }) => status)).toEqual([0, 0]);
}, 240_000);
