/** What an API server writes before an object that it encrypts: `k8s:enc:aescbc:v1:key1:`, `k8s:enc:kms:v2:plugin:`. */
const PREFIX = /^k8s:enc:([a-z]+):v\d+:([^:]*):/;

/**
 * By which provider, and with which of its keys, an API server has encrypted a value in etcd: `aescbc key1`, `kms plugin`; `identity` for one in
 * the clear. Undefined where there is no value.
 */
export function encryptionOf(value: Uint8Array | undefined): string | undefined {
  if (!value || value.length === 0) return undefined;
  const match = PREFIX.exec(Buffer.from(value.subarray(0, 200)).toString('latin1'));
  return match ? `${match[1]} ${match[2]}` : 'identity';
}
