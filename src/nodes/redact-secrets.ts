/** What must not stand in a document that people read, and what stands there instead. */
const secrets: readonly [RegExp, string][] = [
  [/\b[a-z0-9]{6}\.[a-z0-9]{16}\b/g, '[bootstrap token]'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)/gs, '[private key]'],
  [/\bk8s-aws-v1\.[\w-]+/g, '[IAM token]'],
  [/\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]+/g, '[JWT]'],
  [/(certificate-?key["':=\s]+)[0-9a-f]{64}/gi, '$1[certificate key]'],
];

/** The text without bootstrap tokens, private keys, IAM and service-account tokens and certificate keys. */
export function redactSecrets(text: string): string {
  return secrets.reduce((clean, [pattern, instead]) => clean.replace(pattern, instead), text);
}
