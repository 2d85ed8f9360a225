import { createHash, sign, timingSafeEqual, verify, X509Certificate } from 'node:crypto';
import { Name } from '@peculiar/x509';
import type { HttpRequest } from '../../wire/http.ts';
import type { KubeObject, Secret } from '../api/objects.ts';
import { unauthorized } from '../api/status-error.ts';
import type { Store } from '../api/store.ts';
import { type CertificateAuthority, type KeyPair, newKeyPair, subjectOf } from '../pki/certificates.ts';
import { ANONYMOUS, type User } from './user.ts';

/** Which IAM principal is which user: an entry of aws-iam-authenticator's mapping, or an EKS access entry. */
export interface AwsAccessEntry {
  /** Of the role or user: `arn:aws:iam::111122223333:role/tender`. Sessions of the role match too. */
  readonly arn: string;
  /** May hold `{{SessionName}}` and `{{AccountID}}`. */
  readonly username: string;
  readonly groups: readonly string[];
}

/** Finds out whose presigned GetCallerIdentity URL a token is; undefined when STS would refuse it. */
export type AwsTokenCheck = (
  token: string,
  clusterId: string,
) => { readonly arn: string } | undefined | Promise<{ readonly arn: string } | undefined>;

export interface AuthenticationOptions {
  readonly store: Store;
  readonly authority: CertificateAuthority;
  readonly clusterId: string;
  /** `iss` of service account tokens. */
  readonly issuer: string;
  readonly authenticateAwsToken?: AwsTokenCheck;
  readonly awsAccess?: readonly AwsAccessEntry[];
}

interface Claims {
  readonly sub: string;
  readonly exp: number;
  readonly aud: readonly string[];
  readonly 'kubernetes.io': { readonly namespace: string; readonly serviceaccount: { name: string; uid: string } };
}

interface CertificateIdentity {
  readonly user: User;
  readonly notBefore: number;
  readonly notAfter: number;
}

function authenticated(user: User): User {
  return { ...user, groups: [...new Set([...user.groups, 'system:authenticated'])] };
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function equalText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function decoded(secret: Secret, key: string): string {
  return Buffer.from(secret.data?.[key] ?? '', 'base64').toString('utf8');
}

/** `arn:aws:sts::1:assumed-role/name/session` → the role's ARN and the session. */
function canonicalArn(arn: string): { arn: string; session: string; account: string } {
  const account = arn.split(':')[4] ?? '';
  const session = /^arn:([\w-]+):sts::(\d+):assumed-role\/(.+)\/([^/]+)$/.exec(arn);
  if (!session) return { arn, session: '', account };
  return { arn: `arn:${session[1]}:iam::${session[2]}:role/${session[3]}`, session: session[4] ?? '', account };
}

/** Says who makes a request: client certificate, bearer token of any kind, or nobody. */
export class Authenticator {
  readonly #options: AuthenticationOptions;
  readonly #tokens = new Map<string, User>();
  readonly #certificates = new Map<string, CertificateIdentity | undefined>();
  readonly #serviceAccountKeys: KeyPair = newKeyPair();
  readonly #awsAccess: AwsAccessEntry[];

  constructor(options: AuthenticationOptions) {
    this.#options = options;
    this.#awsAccess = [...(options.awsAccess ?? [])];
  }

  /** Lets a fixed token stand for a user (the API server's token file). */
  addToken(token: string, user: User): void {
    this.#tokens.set(token, user);
  }

  /** Forgets a fixed token: from now on it is nobody's. */
  removeToken(token: string): void {
    this.#tokens.delete(token);
  }

  addAwsAccess(entry: AwsAccessEntry): void {
    this.#awsAccess.push(entry);
  }

  /** @throws StatusError Unauthorized when credentials are presented and none of them holds. */
  async authenticate(request: HttpRequest): Promise<User> {
    const header = request.headers.authorization ?? '';
    const token = /^Bearer\s+(\S+)$/i.exec(header)?.[1];
    if (request.clientCertificate) {
      const user = this.#byCertificate(request.clientCertificate);
      if (user) return user;
      if (token === undefined) throw unauthorized();
    }
    if (token === undefined) return ANONYMOUS;
    const user = await this.authenticateToken(token);
    if (!user) throw unauthorized();
    return user;
  }

  /** Who a bearer token is; undefined when it is nobody's. */
  async authenticateToken(token: string): Promise<User | undefined> {
    const fixed = this.#tokens.get(token);
    if (fixed) return authenticated(fixed);
    if (/^[a-z0-9]{6}\.[a-z0-9]{16}$/.test(token)) return this.#byBootstrapToken(token);
    if (token.startsWith('k8s-aws-v1.')) return this.#byAwsToken(token);
    return this.#byServiceAccountToken(token);
  }

  /** A real JWT, ES256. */
  issueServiceAccountToken(namespace: string, name: string, uid: string, seconds: number): string {
    const now = Math.floor(this.#now() / 1000);
    const claims = {
      iss: this.#options.issuer,
      sub: `system:serviceaccount:${namespace}:${name}`,
      aud: [this.#options.issuer],
      exp: now + seconds,
      iat: now,
      nbf: now,
      'kubernetes.io': { namespace, serviceaccount: { name, uid } },
    };
    const head = `${base64url({ alg: 'ES256', kid: 'service-account' })}.${base64url(claims)}`;
    const key = { key: this.#serviceAccountKeys.privateKey, dsaEncoding: 'ieee-p1363' as const };
    return `${head}.${sign('sha256', Buffer.from(head), key).toString('base64url')}`;
  }

  #now(): number {
    return this.#options.store.world.now();
  }

  #byCertificate(text: string): User | undefined {
    if (!this.#certificates.has(text)) this.#certificates.set(text, this.#readCertificate(text));
    const identity = this.#certificates.get(text);
    const valid = identity && identity.notBefore <= this.#now() && this.#now() < identity.notAfter;
    return valid ? identity.user : undefined;
  }

  #readCertificate(text: string): CertificateIdentity | undefined {
    try {
      const certificate = new X509Certificate(text);
      if (!certificate.verify(this.#options.authority.keyPair.publicKey)) return undefined;
      const usable = certificate.keyUsage?.includes('1.3.6.1.5.5.7.3.2') ?? false;
      if (!usable) return undefined;
      const { commonName, organizations } = subjectOf(new Name(certificate.subject.replaceAll('\n', ', ')));
      const credential = createHash('sha256').update(certificate.raw).digest('hex');
      return {
        user: authenticated({
          username: commonName,
          groups: organizations,
          extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${credential}`] },
        }),
        notBefore: Date.parse(certificate.validFrom),
        notAfter: Date.parse(certificate.validTo),
      };
    } catch {
      return undefined;
    }
  }

  #byBootstrapToken(token: string): User | undefined {
    const [id = '', value = ''] = token.split('.');
    const secret = this.#options.store.find<Secret>('secrets', `bootstrap-token-${id}`, 'kube-system');
    if (!secret || secret.metadata.deletionTimestamp || secret.type !== 'bootstrap.kubernetes.io/token')
      return undefined;
    if (decoded(secret, 'token-id') !== id || !equalText(decoded(secret, 'token-secret'), value)) return undefined;
    const expiration = decoded(secret, 'expiration');
    if (expiration !== '' && !(Date.parse(expiration) > this.#now())) return undefined;
    if (decoded(secret, 'usage-bootstrap-authentication') !== 'true') return undefined;
    const extra = decoded(secret, 'auth-extra-groups')
      .split(',')
      .filter((group) => group !== '');
    if (extra.some((group) => !/^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/.test(group))) return undefined;
    return authenticated({ username: `system:bootstrap:${id}`, groups: ['system:bootstrappers', ...extra] });
  }

  async #byAwsToken(token: string): Promise<User | undefined> {
    const { authenticateAwsToken, clusterId } = this.#options;
    const identity = await authenticateAwsToken?.(token, clusterId);
    if (!identity) return undefined;
    const { arn, session, account } = canonicalArn(identity.arn);
    const entry = this.#awsAccess.find((candidate) => candidate.arn.toLowerCase() === arn.toLowerCase());
    if (!entry) return undefined;
    const username = entry.username.replaceAll('{{SessionName}}', session).replaceAll('{{AccountID}}', account);
    return authenticated({
      username,
      uid: `aws-iam-authenticator:${account}:${arn}`,
      groups: entry.groups,
      extra: { arn: [identity.arn], canonicalArn: [arn], sessionName: [session] },
    });
  }

  #byServiceAccountToken(token: string): User | undefined {
    const claims = this.#verifiedClaims(token);
    if (!claims || claims.exp * 1000 <= this.#now()) return undefined;
    const { namespace, serviceaccount } = claims['kubernetes.io'];
    const account = this.#options.store.find<KubeObject>('serviceaccounts', serviceaccount.name, namespace);
    if (!account || account.metadata.uid !== serviceaccount.uid) return undefined;
    return authenticated({
      username: claims.sub,
      uid: serviceaccount.uid,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
    });
  }

  #verifiedClaims(token: string): Claims | undefined {
    const [head, payload, signature] = token.split('.');
    if (!head || !payload || !signature) return undefined;
    const key = { key: this.#serviceAccountKeys.publicKey, dsaEncoding: 'ieee-p1363' as const };
    const holds = verify('sha256', Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url'));
    if (!holds) return undefined;
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Claims;
  }
}
