const SECRETS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  // A bootstrap token: its id may be told, its secret never (kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens).
  [/\b([a-z0-9]{6})\.[a-z0-9]{16}\b/g, '$1.[redacted]'],
  [/k8s-aws-v1\.[\w-]+={0,2}/g, 'k8s-aws-v1.[redacted]'],
  [/\b(bearer\s+)[\w.~+/-]+=*/gi, '$1[redacted]'],
  [/\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]*/g, '[redacted]'],
  // Inside a JSON string the newlines of a PEM block are escaped; neither form of them ends the match.
  [/-----BEGIN ([A-Z ]*)PRIVATE KEY-----[\s\S]*?(?:-----END \1PRIVATE KEY-----|$)/g, '[redacted private key]'],
  // What `kubeadm init phase upload-certs` prints, with or without its flag's name.
  [/(certificate-?key["':=\s]+)[0-9a-f]{64}/gi, '$1[redacted]'],
  [/(X-Amz-(?:Signature|Security-Token)=)[^&"\s]+/gi, '$1[redacted]'],
];

/**
 * The text without bootstrap token secrets, bearer tokens, IAM tokens, presigned signatures and private keys.
 *
 * The last line of defence, not the first: what is logged must not hold a secret to begin with.
 */
export function redact(text: string): string {
  return SECRETS.reduce((safe, [pattern, instead]) => safe.replace(pattern, instead), text);
}
