/** Bytes that a state's input or output may have. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const maximumPayloadBytes = 262_144;

/** Whether a JSON text is above the limit. */
export function isTooLarge(text: string): boolean {
  return text.length * 3 > maximumPayloadBytes && Buffer.byteLength(text) > maximumPayloadBytes;
}

/** How AWS words it (recorded). */
export function tooLarge(name: string): string {
  return `The state/task '${name}' returned a result with a size exceeding the maximum number of bytes service limit.`;
}
