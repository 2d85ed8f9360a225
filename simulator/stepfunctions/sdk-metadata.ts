import type { World } from '../world/world.ts';
import type { Json } from './json.ts';

/** The two members that optimised integrations add to a response. Every result carries them, so they count in payload sizes. */
export function sdkMetadata(world: World, status = 200): { readonly [key: string]: Json } {
  const requestId = world.random.for('states:requests').uuid();
  const headers = {
    'Content-Type': 'application/json',
    Date: world.date().toUTCString(),
    'x-amzn-RequestId': requestId,
  };
  const lists = Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, [text]]));
  return {
    SdkHttpMetadata: { AllHttpHeaders: lists, HttpHeaders: headers, HttpStatusCode: status },
    SdkResponseMetadata: { RequestId: requestId },
  };
}
