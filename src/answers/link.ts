/** What a link does, once somebody confirms it. */
export const LINK_ACTIONS = ['approve-restore', 'refuse-restore', 'pull-andon', 'release-andon'] as const;

/** What a link is about. Each kind is signed with a key of its own: who may sign one can not sign another. */
export const LINK_KINDS = ['restore', 'pull', 'release'] as const;
export type LinkKind = (typeof LINK_KINDS)[number];

/** A word that can be given once, about one thing, until a time. */
export interface AnswerLink {
  readonly action: (typeof LINK_ACTIONS)[number];
  /** The one thing: an execution's name, the cluster of the page that it stands in, or since when the andon is on. */
  readonly subject: string;
  /** Seconds since 1970. */
  readonly until: number;
  /** Of this link alone: what it is marked as used by. */
  readonly nonce: string;
}

/** Whatever an execution may be called and more, in one line: docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html */
const SUBJECT = /^[^\p{C}\p{Z}]{1,100}$/u;
const NONCE = /^[a-z0-9]{26}$/;
/** 32 bytes in base64url. */
const MAC = /^[\w-]{43}$/;

/** Which of the keys signs it. */
export function linkKind(action: AnswerLink['action']): LinkKind {
  if (action === 'pull-andon') return 'pull';
  return action === 'release-andon' ? 'release' : 'restore';
}

/**
 * What is signed: everything that the link says, and what for, so that no other text of the same key is ever taken for a link.
 * @param deployment `tender-dev`: a link is good for one
 */
export function sealedText(deployment: string, { action, subject, until, nonce }: AnswerLink): string {
  return ['tender answer link 1', deployment, action, subject, until, nonce].join('\n');
}

/** The link, short enough that mail programs leave it in one line. `base` ends with `/`. */
export function linkUrl(base: string, link: AnswerLink, mac: string): string {
  return `${base}?${new URLSearchParams(linkFields(link, mac))}`;
}

/** The same as fields of a form or a query. */
export function linkFields({ action, subject, until, nonce }: AnswerLink, mac: string): Record<string, string> {
  return { do: action, of: subject, until: String(until), once: nonce, mac };
}

/** undefined: this is none, whoever signed it. Looks at the form only. */
export function readLink(
  fields: Readonly<Record<string, string | undefined>>,
): { readonly link: AnswerLink; readonly mac: string } | undefined {
  const { of: subject = '', until: seconds = '', once: nonce = '', mac = '' } = fields;
  const action = LINK_ACTIONS.find((one) => one === fields.do);
  const isWhole = SUBJECT.test(subject) && NONCE.test(nonce) && MAC.test(mac) && /^\d{10}$/.test(seconds);
  return action && isWhole ? { link: { action, subject, until: Number(seconds), nonce }, mac } : undefined;
}
