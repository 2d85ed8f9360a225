/** A certificate's armour; nothing here looks inside. */
export const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

/** The least that a registry entry says, with changes, as JSON. */
export function entryText(changes: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    name: 'demo',
    kubernetes: {
      endpoint: 'https://api.demo.example.com:6443',
      certificateAuthority: PEM,
      auth: { kind: 'token', secretArn: 'arn:aws:secretsmanager:us-east-1:111111111111:secret:demo' },
    },
    ...changes,
  });
}
