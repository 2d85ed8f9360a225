/** One cause inside `details` of a Status. */
interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** The body of every answer that is not an object, as metav1.Status. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Record<string, unknown>;
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly uid?: string;
    readonly causes?: readonly StatusCause[];
    readonly retryAfterSeconds?: number;
  };
  readonly code?: number;
}

/** Which resource an error is about. `resource` is the plural, as the API server puts it into `details.kind`. */
export interface Subject {
  readonly group: string;
  readonly resource: string;
}

/** An answer of the API server that is not a success. Carries the whole Status body. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly status: Status;
  /** The HTTP status, which is `status.code` except where the real server differs. */
  readonly httpStatus: number;

  constructor(
    code: number,
    reason: string | undefined,
    message: string,
    details?: Status['details'],
    httpStatus: number = code,
  ) {
    super(message);
    this.httpStatus = httpStatus;
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason !== undefined && { reason }),
      ...(details !== undefined && { details }),
      code,
    };
  }
}

/** `nodes`, or `leases.coordination.k8s.io`, as errors name a resource. */
function qualified({ group, resource }: Subject): string {
  return group === '' ? resource : `${resource}.${group}`;
}

function detailsOf(subject: Subject, name: string, more: object = {}): NonNullable<Status['details']> {
  return {
    ...(name !== '' && { name }),
    ...(subject.group !== '' && { group: subject.group }),
    kind: subject.resource,
    ...more,
  };
}

export function notFound(subject: Subject, name: string): StatusError {
  return new StatusError(404, 'NotFound', `${qualified(subject)} "${name}" not found`, detailsOf(subject, name));
}

export function alreadyExists(subject: Subject, name: string): StatusError {
  return new StatusError(
    409,
    'AlreadyExists',
    `${qualified(subject)} "${name}" already exists`,
    detailsOf(subject, name),
  );
}

export function conflict(subject: Subject, name: string, why: string): StatusError {
  return new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(subject)} "${name}": ${why}`,
    detailsOf(subject, name),
  );
}

/** The conflict of optimistic locking. */
export function modified(subject: Subject, name: string): StatusError {
  return conflict(
    subject,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

export function forbidden(subject: Subject, name: string, why: string): StatusError {
  const what = name === '' ? qualified(subject) : `${qualified(subject)} "${name}"`;
  return new StatusError(403, 'Forbidden', `${what} is forbidden: ${why}`, detailsOf(subject, name));
}

export function unauthorized(): StatusError {
  return new StatusError(401, 'Unauthorized', 'Unauthorized');
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

export function methodNotAllowed(): StatusError {
  return new StatusError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

export function unsupportedMediaType(): StatusError {
  return new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
}

/** The path is no resource that is served. */
export function noSuchResource(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
}

/** What this simulation does not do, said clearly. */
export function notImplemented(what: string): StatusError {
  return new StatusError(501, 'NotImplemented', `the simulated API server does not support ${what}`);
}

export function tooOld(requested: number, oldest: number): StatusError {
  return new StatusError(410, 'Expired', `too old resource version: ${requested} (${oldest})`);
}

/** One field that is wrong, as field.Error of apimachinery. */
export interface FieldProblem {
  readonly field: string;
  /** `FieldValueRequired`, `FieldValueInvalid`, `FieldValueForbidden`, `FieldValueNotSupported`. */
  readonly reason: string;
  /** With its prefix: `Required value`, `Invalid value: "x": must be …`. */
  readonly message: string;
}

/** The value is missing. */
export function required(field: string, detail = ''): FieldProblem {
  return { field, reason: 'FieldValueRequired', message: `Required value${detail && `: ${detail}`}` };
}

/** The value is wrong. */
export function invalidValue(field: string, value: unknown, detail: string): FieldProblem {
  const text = value !== null && typeof value === 'object' ? JSON.stringify(value) : JSON.stringify(value ?? null);
  return { field, reason: 'FieldValueInvalid', message: `Invalid value: ${text}: ${detail}` };
}

/** The value may not be set or changed. */
export function forbiddenField(field: string, detail: string): FieldProblem {
  return { field, reason: 'FieldValueForbidden', message: `Forbidden: ${detail}` };
}

/** The value is none of those that are known. */
export function notSupportedValue(field: string, value: string, known: readonly string[]): FieldProblem {
  const list = known.map((item) => JSON.stringify(item)).join(', ');
  return {
    field,
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`,
  };
}

/** 422: the object breaks rules of its kind. */
export function invalid(group: string, kind: string, name: string, problems: readonly FieldProblem[]): StatusError {
  const lines = problems.map((problem) => `${problem.field}: ${problem.message}`);
  const text = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  const what = group === '' ? kind : `${kind}.${group}`;
  return new StatusError(422, 'Invalid', `${what} ${JSON.stringify(name)} is invalid: ${text}`, {
    ...(name !== '' && { name }),
    ...(group !== '' && { group }),
    kind,
    causes: problems.map(({ field, reason, message }) => ({ reason, message, field })),
  });
}
