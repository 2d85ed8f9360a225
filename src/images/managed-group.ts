import type { ImageParameters, NodeGroup, NodeGroupName } from './ports.ts';
import type { GroupReport, Verdict } from './watch-document.ts';

type Found = Partial<GroupReport> & { readonly verdict: Verdict; readonly why: string };

/** `_STANDARD` and such, as the parameters spell it. */
const VARIANTS = { STANDARD: 'standard', NVIDIA: 'nvidia', NEURON: 'neuron' } as const;

/**
 * What a managed node group runs, and the release that EKS publishes for its image and version of Kubernetes.
 *
 * @param nodes how many nodes it has
 * @throws what AWS throws
 */
export async function reportManaged(
  { nodeGroup }: NodeGroupName,
  group: NodeGroup,
  nodes: number,
  parameters: ImageParameters,
): Promise<Found> {
  const { release, status, amiType, kubernetesVersion } = group;
  const launches = { templateId: '', version: release, imageId: '' };
  const name = releaseParameter(group);
  if (name === undefined)
    return {
      launches,
      verdict: 'unseen',
      why: `AWS publishes no release for ${amiType}: name one when you start the update`,
    };
  const source = `parameter ${name}`;
  const newest = (await parameters.read(name))?.trim();
  if (newest === undefined || newest === '')
    return { launches, source, verdict: 'unseen', why: `${source} does not exist` };
  const found = { launches, source, version: newest, newest: imageOf(newest, amiType) };
  if (!isNewer(newest, release))
    return { ...found, version: release, verdict: 'current', why: `node group ${nodeGroup} runs release ${release}` };
  const unless = status === 'ACTIVE' ? '' : `; EKS says that the node group is ${status}`;
  return {
    ...found,
    verdict: 'available',
    why: `release ${newest} of ${amiType} for Kubernetes ${kubernetesVersion} is there${unless}`,
    diff: [`releaseVersion: ${release} → ${newest}`],
    outdated: nodes,
  };
}

/**
 * Where AWS publishes the newest release of an image, by its type; undefined: nowhere.
 *
 * docs.aws.amazon.com/eks/latest/userguide/retrieve-ami-id.html, retrieve-ami-id-bottlerocket.html, with `release_version` and `image_version` in place of the image's id
 */
export function releaseParameter({
  amiType,
  kubernetesVersion: version,
}: Pick<NodeGroup, 'amiType' | 'kubernetesVersion'>): string | undefined {
  const [, machine = '', variant] = /^AL2023_(x86_64|ARM_64)_(STANDARD|NVIDIA|NEURON)$/.exec(amiType) ?? [];
  if (machine !== '')
    return `/aws/service/eks/optimized-ami/${version}/amazon-linux-2023/${architectureOf(machine)}/${VARIANTS[variant as keyof typeof VARIANTS]}/recommended/release_version`;
  const [, rocket = '', special] = /^BOTTLEROCKET_(x86_64|ARM_64)(_NVIDIA|_FIPS)?$/.exec(amiType) ?? [];
  if (rocket !== '')
    return `/aws/service/bottlerocket/aws-k8s-${version}${special ? special.toLowerCase().replace('_', '-') : ''}/${architectureOf(rocket)}/latest/image_version`;
  return undefined;
}

function architectureOf(machine: string): string {
  return machine === 'ARM_64' ? 'arm64' : 'x86_64';
}

function imageOf(release: string, name: string): GroupReport['newest'] {
  return { imageId: '', name: `${name} ${release}`, createdAt: '', architecture: '' };
}

/** EKS takes no group back: a parameter that names an older release, in a region that lags, is no news. */
function isNewer(newest: string, release: string): boolean {
  const [a, b] = [numbersIn(newest), numbersIn(release)];
  const at = a.findIndex((number, index) => number !== b[index]);
  return at !== -1 && (a[at] ?? 0) > (b[at] ?? -1);
}

/** Bottlerocket's releases end in a part of a commit's name, which says nothing of age. */
function numbersIn(release: string): readonly number[] {
  const [version = '', date = ''] = release.split('-');
  return [...version.split('.'), ...(/^\d{8}$/.test(date) ? [date] : [])].map(Number);
}
