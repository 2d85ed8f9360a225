import { createHmac } from 'node:crypto';

/** Zincati's application id, by which it hashes machine ids (github.com/coreos/zincati, src/identity). */
const ZINCATI = 'de35106b6ec24688b63afddaa156679b';

/**
 * By which id a machine calls itself to FleetLock: its machine id, hashed for the application as systemd does (`sd_id128_get_machine_app_specific`), which is an
 * UUID of version 4 without hyphens. undefined: that is no machine id.
 */
export function fleetLockId(machineId: string): string | undefined {
  const key = machineId.replaceAll('-', '').toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(key)) return undefined;
  const hash = createHmac('sha256', Buffer.from(key, 'hex'))
    .update(Buffer.from(ZINCATI, 'hex'))
    .digest()
    .subarray(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x40;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  return hash.toString('hex');
}
