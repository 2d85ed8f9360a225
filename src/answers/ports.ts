import type { LinkKind } from './link.ts';

/** Signs links and knows them again. What it signs with never leaves it. */
export interface LinkSeal {
  /** 32 bytes in base64url. */
  seal(text: string): Promise<string>;
  isGenuine(text: string, mac: string): Promise<boolean>;
}

/** Who used a link, as they say, and when. */
export interface LinkUse {
  /** Of this one time that the button was pressed. */
  readonly id: string;
  readonly action: string;
  readonly subject: string;
  /** A name that nobody has checked. */
  readonly by: string;
  /** Address that the request came from. */
  readonly from: string;
  /** ISO 8601. */
  readonly at: string;
}

/**
 * A use that is known, and how far it got. `begun`: it acts at this moment, or whoever acted died before it could say what came of it.
 * `open`: it came to nothing, or nobody saw what came of it.
 */
export interface KnownUse extends LinkUse {
  readonly state: 'begun' | 'open' | 'done';
}

/** Which links have been used. */
export interface UsedLinks {
  /** undefined: nobody has. */
  useOf(nonce: string): Promise<KnownUse | undefined>;
  /** Begins a use where the last one is still this. Gives whose it is now: of two at the same time one is the first. */
  begin(nonce: string, use: LinkUse, last: KnownUse | undefined): Promise<KnownUse>;
  /** Says how a use ended, unless another has begun since. Never fails: what was done is done. */
  end(nonce: string, use: LinkUse, state: 'open' | 'done'): Promise<void>;
}

/** A restore that waits for the word of a person. */
export interface AskedRestore {
  readonly cluster: string;
  /** What it would do, and what would be lost. */
  readonly shows: string;
  readonly token: string;
}

/** How a restore stands. `by` is what came with the answer: who approved it, or who refused it and why. */
export type RestoreState =
  | ({ readonly state: 'waits' } & AskedRestore)
  | {
      readonly state: 'over';
      readonly answer: 'approved' | 'refused' | 'none';
      readonly by: string;
      /** The same in a sentence. */
      readonly words: string;
    };

/** Restores that wait, and how they are answered. */
export interface AskedRestores {
  /** By the execution's name. undefined: there is none. */
  look(execution: string): Promise<RestoreState | undefined>;
  /** `gone`: it has an answer, this one or another, or waits no more. */
  approve(token: string, by: string): Promise<'answered' | 'gone'>;
  refuse(token: string, why: string): Promise<'answered' | 'gone'>;
}

/** The andon, as it is on. */
export interface PulledAndon {
  readonly reason: string;
  /** ISO 8601. */
  readonly since: string;
  readonly by: string;
}

/** The andon, as links know it. */
export interface AndonSwitch {
  /** null: it is off. */
  read(): Promise<PulledAndon | null>;
  /** Where it is on already it stays as it is. Gives how it is on now. */
  pull(andon: PulledAndon): Promise<PulledAndon>;
  /** `changed`: it is on otherwise by now, or off. */
  release(andon: PulledAndon): Promise<'released' | 'changed'>;
}

/** Where people are told. */
export interface AnswerTeller {
  /** That a link has pulled the andon. `cluster` is that of the page that the link stood in. */
  pulled(andon: { readonly by: string; readonly since: string; readonly cluster: string }): Promise<void>;
  /** For the record of what is changed, before it is. */
  acting(use: LinkUse & { readonly cluster: string }): void;
}

/** Everything that answering by link works with. */
export interface AnswerPorts {
  /** `tender-dev` */
  readonly deployment: string;
  seal(kind: LinkKind): Pick<LinkSeal, 'isGenuine'>;
  readonly used: UsedLinks;
  readonly restores: AskedRestores;
  readonly andon: AndonSwitch;
  readonly teller: AnswerTeller;
}
