/** What a group launches, for people: an image, or the release of a managed node group. */
export function launchesInWords({ version, imageId }: { readonly version: string; readonly imageId: string }): string {
  if (imageId === '') return version === '' ? '-' : `release ${version}`;
  return version === '' ? imageId : `${imageId} (version ${version})`;
}
