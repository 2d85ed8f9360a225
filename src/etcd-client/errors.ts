/** When a member of etcd could not be reached, did not answer in time, or has no leader. Transient. */
export class EtcdUnavailable extends Error {
  override readonly name = 'EtcdUnavailable';
}

/** When whatever answers at an endpoint cannot prove to be etcd. Nothing was sent to it. */
export class EtcdUntrusted extends Error {
  override readonly name = 'EtcdUntrusted';
}

/** When etcd does not accept the client certificate, or does not allow its user what was asked. */
export class EtcdAccessDenied extends Error {
  override readonly name = 'EtcdAccessDenied';
}

/** When etcd understood a request and refused it. Nothing was changed. */
export class EtcdRefused extends Error {
  override readonly name = 'EtcdRefused';

  /** gRPC's number for the kind of refusal: 5 not found, 9 not now, 12 not known to this version, … */
  readonly code: number;

  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

/** When an answer ended before it was complete, or is none that etcd would give. What came of it counts for nothing. Transient. */
export class EtcdAnswerBroken extends Error {
  override readonly name = 'EtcdAnswerBroken';
  constructor(what: string, options?: ErrorOptions) {
    super(`The answer of etcd is broken: ${what}`, options);
  }
}

/** What gRPC's statuses mean here (grpc.github.io/grpc/core/md_doc_statuscodes.html); any other is a refusal. */
const MEANING: Readonly<Record<number, 'unavailable' | 'denied'>> = {
  1: 'unavailable', // CANCELLED: the member is stopping
  4: 'unavailable', // DEADLINE_EXCEEDED
  7: 'denied', // PERMISSION_DENIED
  10: 'unavailable', // ABORTED
  14: 'unavailable', // UNAVAILABLE: no leader, a leader that changed, a member that is starting
  16: 'denied', // UNAUTHENTICATED
};

/** The error that a gRPC status other than 0 stands for. */
export function errorOfStatus(code: number, message: string, endpoint: string): Error {
  const text = `etcd at ${endpoint}: ${message || 'no reason given'} (gRPC status ${code})`;
  switch (MEANING[code]) {
    case 'unavailable':
      return new EtcdUnavailable(text);
    case 'denied':
      return new EtcdAccessDenied(text);
    default:
      return new EtcdRefused(text, code);
  }
}

/** Node's and OpenSSL's codes for a certificate that does not hold (nodejs.org/api/tls.html, "X509 certificate error codes"). */
const CERTIFICATE_CODE = /CERT|^UNABLE_TO_|SELF_SIGNED|^ERR_TLS_|^INVALID_CA$|^INVALID_PURPOSE$/;
/** The other side ended the session by an alert of TLS: it did not like our certificate, or that there was none. */
const ALERT_CODE = /^ERR_SSL_.*ALERT/;

/** The error that a failed connection stands for. One that has a name of this project already is returned as it is. */
export function errorOfConnection(error: unknown, endpoint: string): Error {
  if (error instanceof Error && OWN.has(error.name)) return error;
  const code = codeOf(error);
  if (ALERT_CODE.test(code)) {
    return new EtcdAccessDenied(`etcd at ${endpoint} does not accept the client certificate: ${code}`, {
      cause: error,
    });
  }
  if (CERTIFICATE_CODE.test(code)) {
    return new EtcdUntrusted(`The certificate at ${endpoint} is not etcd's: ${code}`, { cause: error });
  }
  return new EtcdUnavailable(`etcd at ${endpoint} cannot be reached: ${code}`, { cause: error });
}

const OWN: ReadonlySet<string> = new Set(['EtcdUnavailable', 'EtcdAccessDenied', 'EtcdRefused', 'EtcdAnswerBroken']);

// node:http2 gives a stream the session's error as the cause of one that says no more than that it was cancelled.
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the connection ended';
  if (error.cause instanceof Error) return codeOf(error.cause);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
