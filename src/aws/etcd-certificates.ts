import * as z from 'zod/mini';
import { SecretUnusable } from '../clusters/errors.ts';
import { problemsOf } from '../schema/problems.ts';
import type { AwsAccess } from './aws-access.ts';
import { secretText } from './secret-text.ts';

const pem = (label: string) =>
  z
    .string()
    .check(z.regex(new RegExp(`-----BEGIN ([A-Z]+ )?${label}-----`), `must be a ${label.toLowerCase()} in PEM`));

const Certificates = z.object({ ca: pem('CERTIFICATE'), certificate: pem('CERTIFICATE'), key: pem('PRIVATE KEY') });

/**
 * Etcd's authority, and who Tender is to etcd, all PEM, from the secret that a registry entry names.
 *
 * @throws SecretUnusable, which never tells what the secret holds; what `awsCall` throws
 */
export async function etcdCertificates(
  aws: AwsAccess,
  secretArn: string,
): Promise<{ readonly certificateAuthority: string; readonly certificate: string; readonly key: string }> {
  const value = jsonOf(secretArn, await secretText(aws, secretArn));
  const result = z.safeParse(Certificates, value);
  if (!result.success) throw new SecretUnusable(secretArn, problemsOf(Certificates, value, result.error.issues));
  const { ca, certificate, key } = result.data;
  return { certificateAuthority: ca, certificate, key };
}

function jsonOf(secretArn: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SecretUnusable(secretArn, ['is no JSON with ca, certificate and key']);
  }
}
