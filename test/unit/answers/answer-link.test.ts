import { describe, expect, it } from 'vitest';
import { answerLink } from '../../../src/answers/answer-link.ts';
import { type AnswerLink, linkFields } from '../../../src/answers/link.ts';
import { makeLink } from '../../../src/answers/make-link.ts';
import type { AnswerPorts, KnownUse, PulledAndon, RestoreState } from '../../../src/answers/ports.ts';

const now = new Date('2026-03-02T09:00:00Z');
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const MAC = 'A'.repeat(43);
const WHO = 'Ada, by link, from 203.0.113.7';

const link = (action: AnswerLink['action'], subject: string): AnswerLink => ({
  action,
  subject,
  until: Math.floor(later(3600).getTime() / 1000),
  nonce: 'n'.repeat(26),
});

/** A deployment as links see it. What is on the list fails once, before or after it took effect. */
class Deployment {
  readonly acts: string[] = [];
  /** What people are told of who pulled the andon. */
  readonly told: unknown[] = [];
  use: KnownUse | undefined;
  restore: RestoreState = { state: 'waits', cluster: 'demo', shows: '', token: 't' };
  andon: PulledAndon | null = null;
  readonly kinds: string[] = [];
  trouble: 'none' | 'dies before' | 'dies after' | 'answer lost' | 'cannot say that it ended' = 'none';

  readonly ports: AnswerPorts = {
    deployment: 'tender-dev',
    seal: (kind) => ({ isGenuine: async (_, mac) => this.kinds.push(kind) > 0 && mac === MAC }),
    used: {
      useOf: async () => this.use,
      begin: async (_, use, last) => {
        if (this.use !== last && this.use) return this.use;
        this.use = { ...use, state: 'begun' };
        return this.use;
      },
      end: async (_, use, state) => {
        if (!this.trouble.startsWith('dies') && this.trouble !== 'cannot say that it ended')
          this.use = { ...use, state };
      },
    },
    restores: {
      look: async () => this.restore,
      approve: (_, by) => this.#answered({ state: 'over', answer: 'approved', by, words: `It was approved: ${by}.` }),
      refuse: (_, by) => this.#answered({ state: 'over', answer: 'refused', by, words: `It was refused: ${by}.` }),
    },
    andon: {
      read: async () => this.andon,
      pull: async (andon) => {
        if (this.trouble === 'dies before') throw new Error('dead');
        if (!this.andon) this.acts.push('pulled');
        this.andon ??= andon;
        if (this.trouble === 'dies after') throw new Error('dead');
        return this.andon;
      },
      release: async ({ since }) => {
        if (this.andon?.since !== since) return 'changed';
        this.andon = null;
        return 'released';
      },
    },
    teller: { pulled: async (andon) => void this.told.push(andon), acting: () => undefined },
  };

  async #answered(state: RestoreState): Promise<'answered' | 'gone'> {
    if (this.trouble === 'dies before') throw new Error('dead');
    if (this.restore.state === 'over') return 'gone';
    this.restore = state;
    this.acts.push('answered');
    if (this.trouble === 'dies after') throw new Error('dead');
    return this.trouble === 'answer lost' ? 'gone' : 'answered';
  }

  press(of: AnswerLink, { by = 'Ada', at = now } = {}) {
    return this.#ask('POST', of, at, `${by} at ${at.toISOString()}`, { by, reason: 'odd' });
  }

  open(of: AnswerLink, at = now) {
    return this.#ask('GET', of, at, 'opened', {});
  }

  #ask(method: string, of: AnswerLink, at: Date, id: string, more: object) {
    const fields = { ...linkFields(of, MAC), ...more };
    return answerLink({ id, method, fields, from: '203.0.113.7', base: 'https://x/' }, this.ports, at);
  }
}

const approve = link('approve-restore', 'restore-1');
const pull = link('pull-andon', 'demo');

describe('a link whose use nobody saw the end of', () => {
  it.each(['dies before', 'dies after'] as const)('acts once, whenever the function %s it acts', async (trouble) => {
    for (const [of, acts] of [
      [approve, ['answered']],
      [pull, ['pulled']],
    ] as const) {
      const deployment = new Deployment();
      deployment.trouble = trouble;
      await deployment.press(of).catch(() => undefined);
      deployment.trouble = 'none';

      expect(await deployment.open(of, later(30))).toMatchObject({
        status: 409,
        title: expect.stringContaining('right now'),
      });
      expect(await deployment.press(of, { by: 'Eve', at: later(30) })).toMatchObject({ status: 409 });
      const afterwards = await deployment.open(of, later(61));
      const pressed = await deployment.press(of, { by: 'Eve', at: later(61) });

      expect(deployment.acts).toEqual(acts);
      if (trouble === 'dies before') {
        expect(afterwards).toMatchObject({
          status: 200,
          says: expect.arrayContaining([expect.stringContaining('Ada pressed this link')]),
        });
        expect(pressed).toMatchObject({ status: 200, title: 'Done' });
        expect(await deployment.open(of, later(62))).toMatchObject({ status: 410 });
      } else {
        expect(afterwards).toMatchObject({ status: 200, title: 'Done, by this link' });
        expect(afterwards.says).toEqual(
          expect.arrayContaining([
            expect.stringContaining(WHO),
            'Ada pressed this link, from 203.0.113.7, at 2026-03-02T09:00:00.000Z.',
          ]),
        );
        expect(afterwards.says.join()).not.toContain('did nothing');
        expect(pressed).toMatchObject({ status: 410, says: [expect.stringContaining('Ada did, from 203.0.113.7')] });
      }
    }
  });

  it.each(['dies after', 'none'] as const)('tells people once that it pulled the andon: %s', async (trouble) => {
    const deployment = new Deployment();
    deployment.trouble = trouble;
    await deployment.press(pull).catch(() => undefined);
    deployment.trouble = 'none';
    await deployment.open(pull, later(61));
    await deployment.open(pull, later(62));
    expect(deployment.told).toEqual([{ by: WHO, since: now.toISOString(), cluster: 'demo' }]);
    expect(deployment.use).toMatchObject({ state: 'done', by: 'Ada' });
  });

  it('is written down as done after people were told, so that whoever dies in between leaves that to the next', async () => {
    const deployment = new Deployment();
    const { teller } = deployment.ports;
    Object.assign(deployment.ports, { teller: { ...teller, pulled: () => Promise.reject(new Error('dead')) } });
    await expect(deployment.press(pull)).rejects.toThrow('dead');
    Object.assign(deployment.ports, { teller });
    expect(await deployment.open(pull, later(61))).toMatchObject({
      title: 'Done, by this link',
      says: expect.arrayContaining([expect.stringContaining('with a link to release it is on its way')]),
    });
    expect(deployment.told).toHaveLength(1);
  });

  it('is known as a no by who gave it, whatever the reason', async () => {
    const deployment = new Deployment();
    const refuse = link('refuse-restore', 'restore-1');
    deployment.trouble = 'dies after';
    await deployment.press(refuse).catch(() => undefined);
    deployment.trouble = 'none';
    expect(await deployment.open(refuse, later(61))).toMatchObject({ status: 200, title: 'Done, by this link' });
  });

  it('is closed as the use of who did it, where it is seen only when another presses', async () => {
    const deployment = new Deployment();
    deployment.trouble = 'dies after';
    await deployment.press(pull).catch(() => undefined);
    deployment.trouble = 'none';
    const { read } = deployment.ports.andon;
    Object.assign(deployment.ports.andon, { read: async () => null });
    const pressed = await deployment.press(pull, { by: 'Eve', at: later(61) });
    Object.assign(deployment.ports.andon, { read });
    expect(pressed).toMatchObject({ status: 200, title: 'Done, by this link' });
    expect(deployment.use).toMatchObject({ state: 'done', by: 'Ada' });
    expect(deployment.told).toEqual([{ by: WHO, since: now.toISOString(), cluster: 'demo' }]);
  });

  it('is not taken for the word of another: who pulled the andon anew, or answered otherwise', async () => {
    for (const [of, standing] of [
      [pull, { andon: { reason: 'odd', since: later(5).toISOString(), by: WHO } }],
      [pull, { andon: { reason: 'odd', since: now.toISOString(), by: 'Eve' } }],
      [approve, { restore: { state: 'over', answer: 'approved', by: 'Eve', words: 'It was approved: Eve.' } }],
      [approve, { restore: { state: 'over', answer: 'refused', by: `${WHO}: odd`, words: '' } }],
    ] as const) {
      const deployment = new Deployment();
      deployment.trouble = 'dies before';
      await deployment.press(of).catch(() => undefined);
      Object.assign(deployment, standing, { trouble: 'none' });
      expect(await deployment.open(of, later(61))).toMatchObject({
        status: 409,
        says: [expect.stringContaining('nothing has come of it that is to be seen now')],
      });
      expect(deployment.told).toEqual([]);
      expect(deployment.use).toMatchObject({ state: 'begun' });
    }
  });

  it('says of a release that nobody can see whose it was', async () => {
    const deployment = new Deployment();
    const release = link('release-andon', now.toISOString());
    deployment.andon = { reason: 'odd', since: now.toISOString(), by: 'Eve' };
    Object.assign(deployment.ports.andon, {
      release: async () => {
        deployment.andon = null;
        throw new Error('lost');
      },
    });
    await deployment.press(release).catch(() => undefined);
    expect(await deployment.open(release, later(1))).toMatchObject({
      status: 409,
      title: 'The andon is off already',
      says: [
        'Somebody has released it. Ada pressed this link, from 203.0.113.7, at 2026-03-02T09:00:00.000Z. Whether that released it is not to be seen.',
      ],
    });
  });

  it('says that it is done where the end cannot be written down, and does it once all the same', async () => {
    const deployment = new Deployment();
    deployment.trouble = 'cannot say that it ended';
    expect(await deployment.press(approve)).toMatchObject({ status: 200, title: 'Done' });
    expect(await deployment.press(approve, { at: later(61) })).toMatchObject({
      status: 200,
      says: expect.arrayContaining([expect.stringContaining(`It was approved: ${WHO}.`)]),
    });
    expect(deployment.acts).toEqual(['answered']);
  });
});

describe('an answer of which the restore says that nobody waits for it', () => {
  it.each(['approve-restore', 'refuse-restore'] as const)('%s is done where it is our own', async (action) => {
    const deployment = new Deployment();
    deployment.trouble = 'answer lost';
    expect(await deployment.press(link(action, 'restore-1'))).toMatchObject({ status: 200, title: 'Done' });
    expect(deployment.use).toMatchObject({ state: 'done' });
  });

  it('is not done where it has another, and says which', async () => {
    const deployment = new Deployment();
    const { look } = deployment.ports.restores;
    Object.assign(deployment.ports.restores, {
      look: async (execution: string) => {
        const state = await look(execution);
        deployment.restore = { state: 'over', answer: 'approved', by: 'Eve', words: 'It was approved: Eve.' };
        return state;
      },
    });
    expect(await deployment.press(approve)).toMatchObject({
      status: 409,
      says: ['It was approved: Eve. This link did nothing.'],
    });
    expect(deployment.use).toMatchObject({ state: 'open' });
  });

  it('is said not to be seen yet where the restore still seems to wait, and the link stays good', async () => {
    const deployment = new Deployment();
    Object.assign(deployment.ports.restores, { approve: async () => 'gone' });
    expect(await deployment.press(approve)).toMatchObject({ status: 503, title: 'Not seen yet' });
    expect(await deployment.open(approve)).toMatchObject({ status: 200 });
  });
});

describe('a link about an andon that has changed', () => {
  const eve = { reason: 'a storm', since: '2026-03-02T08:00:00.000Z', by: 'Eve' };

  it('says who has it on when it was to pull it, and leaves it as it is', async () => {
    const deployment = new Deployment();
    deployment.andon = eve;
    expect(await deployment.open(pull)).toMatchObject({
      status: 409,
      title: 'The andon is on already',
      says: ['It is on since 2026-03-02T08:00:00.000Z, by Eve: a storm. This link did nothing.'],
    });
    deployment.andon = null;
    const { read } = deployment.ports.andon;
    Object.assign(deployment.ports.andon, {
      read: async () => {
        const on = await read();
        deployment.andon = eve;
        return on;
      },
    });
    expect(await deployment.press(pull)).toMatchObject({ status: 409, title: 'The andon is on already' });
    expect(deployment.andon).toBe(eve);
  });

  it('says that it is off, or another one, when it was to release it', async () => {
    const deployment = new Deployment();
    expect(await deployment.press(link('release-andon', eve.since))).toMatchObject({
      title: 'The andon is off already',
    });
    deployment.andon = { ...eve, since: '2026-03-02T08:30:00.000Z' };
    expect(await deployment.press(link('release-andon', eve.since))).toMatchObject({
      title: 'This link is for another andon',
      says: [expect.stringContaining('since 2026-03-02T08:30:00.000Z, by Eve')],
    });
    expect(deployment.andon).not.toBeNull();
  });
});

describe('a link', () => {
  const make = (subject: string) =>
    makeLink(
      { base: 'https://x/', deployment: 'tender-dev', nonce: 'n'.repeat(26) },
      { action: 'approve-restore', subject, until: later(60) },
      { seal: async () => MAC },
    );

  it('can be about any execution, whatever it may be called', async () => {
    const subject = "réstore_(1)!'=+@.ü";
    const deployment = new Deployment();
    const fields = Object.fromEntries(new URL(await make(subject)).searchParams);
    const request = { id: '1', method: 'GET', fields, from: '203.0.113.7', base: 'https://x/' };
    expect(await answerLink(request, deployment.ports, now)).toMatchObject({ status: 200 });
  });

  it.each(['', 'two words', 'a\nline', 'a'.repeat(101)])(
    'is not made about %j, which could not be read later',
    async (subject) => {
      await expect(make(subject)).rejects.toMatchObject({
        name: 'LinkNotMade',
        message: expect.stringContaining('spaces'),
      });
    },
  );

  it('is known again by the key of its kind only', async () => {
    const deployment = new Deployment();
    for (const action of ['approve-restore', 'refuse-restore', 'pull-andon', 'release-andon'] as const)
      await deployment.open(link(action, 'x'));
    expect(deployment.kinds).toEqual(['restore', 'restore', 'pull', 'release']);
  });
});
