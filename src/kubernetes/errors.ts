import { ApiException } from '@kubernetes/client-node';

/** When a kubeconfig on this machine cannot be used. Nothing was asked of any cluster. */
export class UnusableKubeconfig extends Error {
  override readonly name = 'UnusableKubeconfig';

  constructor(file: string, why: string) {
    super(`--kubeconfig: ${file} ${why}.`);
  }
}

/** When the API server could not be reached, did not answer in time, or is overloaded or failing. Transient. */
export class ClusterUnreachable extends Error {
  override readonly name = 'ClusterUnreachable';
}

/** When whatever answers at the endpoint cannot prove to be the API server. Nothing was sent to it, no credential either. */
export class ClusterUntrusted extends Error {
  override readonly name = 'ClusterUntrusted';
}

/** When the API server does not know who Tender is, with a credential fetched a moment ago. */
export class KubernetesUnauthorized extends Error {
  override readonly name = 'KubernetesUnauthorized';
}

/** When the API server knows who Tender is and does not allow it. The message says which RBAC rule is missing. */
export class KubernetesForbidden extends Error {
  override readonly name = 'KubernetesForbidden';
}

/** When an object changed between reading and writing it. Nothing was written. Transient: read again and decide anew. */
export class ConflictingWrite extends Error {
  override readonly name = 'ConflictingWrite';
}

/** Codes of sockets and of TLS sessions that did not come about; all of them may be different in a minute. */
const SOCKET_CODES: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** Node's and OpenSSL's codes for a certificate that does not hold (nodejs.org/api/tls.html, "X509 certificate error codes"). */
const CERTIFICATE_CODE = /CERT|^UNABLE_TO_|SELF_SIGNED|^ERR_TLS_|^INVALID_CA$|^INVALID_PURPOSE$/;

/**
 * Sends a request and gives foreign errors the names of this project.
 *
 * @throws ClusterUnreachable, ClusterUntrusted, KubernetesUnauthorized, KubernetesForbidden, ConflictingWrite; any other error as it is
 */
export async function kubernetesCall<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw translated(error);
  }
}

/** As {@link kubernetesCall}; undefined where the API server answers with one of these statuses. */
export async function kubernetesCallUnless<T>(statuses: readonly number[], call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (statuses.includes(statusOf(error) ?? 0)) return undefined;
    throw translated(error);
  }
}

/** Whether the API server could not be asked, as opposed to having said no. One that has just started denies what it grants a moment later. */
export function isUnreachable(error: unknown): boolean {
  return (
    error instanceof ClusterUnreachable ||
    error instanceof KubernetesUnauthorized ||
    error instanceof KubernetesForbidden
  );
}

/** The HTTP status that an error of client-node stands for; undefined for any other error. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof ApiException ? error.code : undefined;
}

/** An answer of the API server that is no success, as its Status object tells it. */
export interface Refusal {
  readonly status: number;
  /** `NotFound`, `TooManyRequests`, …; empty where the API server gives none. */
  readonly reason: string;
  /** Without a full stop at its end. */
  readonly message: string;
  readonly causes: readonly { readonly reason: string; readonly message: string }[];
  readonly retryAfterSeconds?: number | undefined;
}

/** What the API server said; undefined for an error that is not its answer. */
export function refusalOf(error: unknown): Refusal | undefined {
  const status = statusOf(error);
  if (!(error instanceof ApiException) || status === undefined) return undefined;
  const body = statusObjectOf(error);
  const details = fieldsOf(body.details);
  const causes = Array.isArray(details.causes) ? details.causes.map(fieldsOf) : [];
  const retryAfter = Number(details.retryAfterSeconds ?? fieldsOf(error.headers)['retry-after']);
  return {
    status,
    reason: textOf(body.reason),
    message: messageOf(error),
    causes: causes.map(({ reason, message }) => ({ reason: textOf(reason), message: textOf(message) })),
    ...(retryAfter > 0 && { retryAfterSeconds: retryAfter }),
  };
}

/** The socket's code of an error; undefined when it is none of a broken or missing connection. */
export function socketCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return SOCKET_CODES.has(error.code) ? error.code : undefined;
}

function translated(error: unknown): unknown {
  const code = socketCodeOf(error);
  if (code !== undefined) return new ClusterUnreachable(`The API server cannot be reached: ${code}`, { cause: error });
  const tlsCode = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (CERTIFICATE_CODE.test(tlsCode)) {
    const advice = 'Compare kubernetes.certificateAuthority and kubernetes.tlsServerName of the registry entry with it';
    return new ClusterUntrusted(`The certificate at the endpoint is not the API server's: ${tlsCode}. ${advice}`, {
      cause: error,
    });
  }
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new ClusterUnreachable('The API server did not answer in time', { cause: error });
  }
  const status = statusOf(error);
  if (status === undefined) return error;
  const message = messageOf(error);
  if (status === 401)
    return new KubernetesUnauthorized(`The API server does not accept Tender's credential: ${message}`);
  if (status === 403) {
    const advice = missingRule(message) ?? 'Compare the cluster’s RBAC with deploy/kubernetes/rbac.yaml';
    return new KubernetesForbidden(`${message}. ${advice}`);
  }
  if (status === 409) return new ConflictingWrite(message);
  if (status === 429 || status >= 500) return new ClusterUnreachable(`The API server answered ${status}: ${message}`);
  return new Error(`The API server answered ${status}: ${message}`, { cause: error });
}

// The message is what kubectl shows. Headers and values stay out of it.
function messageOf(error: unknown): string {
  return textOf(statusObjectOf(error).message).replace(/\.$/, '') || 'no reason given';
}

// The body is a Status object, parsed or as text.
function statusObjectOf(error: unknown): Readonly<Record<string, unknown>> {
  const body: unknown = error instanceof ApiException ? error.body : undefined;
  return fieldsOf(typeof body === 'string' ? fromJson(body) : body);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's HTML page, say; there is no reason in it to tell.
    return undefined;
  }
}

// `nodes "a" is forbidden: User "u" cannot patch resource "nodes" in API group "" at the cluster scope`
const FORBIDDEN = /cannot (?<verb>[\w-]+) resource "(?<resource>[^"]+)" in API group "(?<group>[^"]*)"/;

/** The rule that a refused request lacks, and where it stands; undefined when RBAC is not what refused it. */
export function missingRule(message: string): string | undefined {
  const { verb, resource, group } = FORBIDDEN.exec(message)?.groups ?? {};
  if (verb === undefined) return undefined;
  const file = verb === 'delete' && resource === 'pods' ? 'rbac-pod-deletion.yaml' : 'rbac.yaml';
  return `Missing RBAC rule: {apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["${verb}"]}; apply deploy/kubernetes/${file}`;
}
