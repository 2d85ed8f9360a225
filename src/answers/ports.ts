/** Signs links and knows them again. What it signs with never leaves it. */
export interface LinkSeal {
  /** 32 bytes in base64url. */
  seal(text: string): Promise<string>;
  isGenuine(text: string, mac: string): Promise<boolean>;
}

/** Who used a link, as they say, and when. */
export interface LinkUse {
  readonly action: string;
  readonly subject: string;
  /** A name that nobody has checked. */
  readonly by: string;
  /** Address that the request came from. */
  readonly from: string;
  /** ISO 8601. */
  readonly at: string;
}

/** Which links have been used. */
export interface UsedLinks {
  /** undefined: nobody has. */
  useOf(nonce: string): Promise<LinkUse | undefined>;
  /** Of two at the same time one is the first. */
  use(nonce: string, use: LinkUse): Promise<'first' | 'again'>;
  /** What it was used for came to nothing: it can be used again. */
  giveBack(nonce: string): Promise<void>;
}

/** A restore that waits for the word of a person. */
export interface AskedRestore {
  readonly cluster: string;
  /** What it would do, and what would be lost. */
  readonly shows: string;
  readonly token: string;
}

/** Restores that wait, and how they are answered. */
export interface AskedRestores {
  /** By the execution's name. undefined: it does not wait, or not any more. */
  find(execution: string): Promise<AskedRestore | undefined>;
  /** `gone`: somebody else has answered it, or it waits no more. */
  approve(token: string, by: string): Promise<'answered' | 'gone'>;
  refuse(token: string, by: string, reason: string): Promise<'answered' | 'gone'>;
}

/** The andon, as links know it. */
export interface AndonSwitch {
  /** null: it is off. */
  read(): Promise<{ readonly reason: string; readonly since: string; readonly by: string } | null>;
  pull(andon: { readonly reason: string; readonly since: string; readonly by: string }): Promise<void>;
  release(): Promise<void>;
}

/** Where people are told. */
export interface AnswerTeller {
  /** That a link has pulled the andon. `cluster` is that of the page that the link stood in. */
  pulled(andon: { readonly by: string; readonly since: string; readonly cluster: string }): Promise<void>;
}

/** Everything that answering by link works with. */
export interface AnswerPorts {
  /** `tender-dev` */
  readonly deployment: string;
  readonly seal: LinkSeal;
  readonly used: UsedLinks;
  readonly restores: AskedRestores;
  readonly andon: AndonSwitch;
  readonly teller: AnswerTeller;
}
