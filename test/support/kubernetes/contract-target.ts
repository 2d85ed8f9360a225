/** Who sends a request. The target makes the credentials: the suite only says who it wants to be. */
export type Identity =
  | { readonly kind: 'user'; readonly name: string; readonly groups: readonly string[] }
  /** A bearer token, sent as it is. */
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'anonymous' };

/** A JSON object of the Kubernetes API; the suite reads it with `expect`. */
// biome-ignore lint/suspicious/noExplicitAny: answers are compared field by field, which is their type check
export type KubernetesObject = Record<string, any>;

export interface KubernetesAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed when the answer is JSON, otherwise `{ text }`. */
  readonly body: KubernetesObject;
}

export interface WatchEvent {
  readonly type: string;
  readonly object: KubernetesObject;
}

/** An open watch. Events wait in it until they are read. */
export interface Watch {
  /** HTTP status of the answer; a refused watch has no events but {@link Watch.refusal}. */
  readonly status: number;
  /** The Status body when `status` is not 200. */
  readonly refusal: KubernetesObject | undefined;
  /** The next event; undefined when the server ended the watch. @throws Error when none comes in time. */
  next(): Promise<WatchEvent | undefined>;
  close(): void;
}

/** One API server under test. The same suite runs on each. */
export interface ContractTarget {
  readonly name: string;
  /** Whether a controller-manager's controllers act (signing, approving, disruption budgets). */
  readonly hasControllers: boolean;
  /** Sends one request. `type` is the content type, `accept` what the answer should be, both by default `application/json`. */
  send(
    identity: Identity,
    method: string,
    path: string,
    body?: unknown,
    type?: string,
    accept?: string,
  ): Promise<KubernetesAnswer>;
  watch(identity: Identity, path: string): Promise<Watch>;
  /** Epoch milliseconds by the server's clock; tokens expire by it. */
  now(): number;
  /** Lets time pass by the server's clock. */
  pass(milliseconds: number): Promise<void>;
  /** Forgets the history, so that a watch from the beginning is too old. */
  compact(): Promise<void>;
  stop(): Promise<void>;
}
