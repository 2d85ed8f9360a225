/** Who asked for a certificate, for what, and what was decided about it, as the API server gave it; undefined: it gave no request. */
export function seenRequest(text: string): Readonly<Record<string, unknown>> | undefined {
  const { kind, spec, status } = parsed(text);
  if (kind !== 'CertificateSigningRequest') return undefined;
  const conditions = (status?.conditions ?? []).map(({ type }) => type);
  return { signerName: spec?.signerName, username: spec?.username, conditions };
}

interface SeenRequest {
  readonly kind?: string;
  readonly spec?: { readonly signerName?: string; readonly username?: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string }[] };
}

function parsed(text: string): SeenRequest {
  try {
    return JSON.parse(text) as SeenRequest;
  } catch {
    return {};
  }
}
