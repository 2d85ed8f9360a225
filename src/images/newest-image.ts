import { flatcarOwner } from './names.ts';
import type { Image, ImageParameters, ImageSource, Images } from './ports.ts';

/** What a source says: an image, or why it says none. */
export type Newest = { readonly image: Image } | { readonly why: string };

/** A source in a few words. */
export function sourceInWords(source: ImageSource | undefined): string {
  if (!source) return '';
  switch (source.kind) {
    case 'parameter':
      return `parameter ${source.name}`;
    case 'image-name':
      return `images ${source.name} of ${source.owner}`;
    default:
      return `Flatcar ${source.channel}`;
  }
}

/**
 * The newest image that a source knows for an architecture; the architecture that a source names goes before the group's.
 *
 * @param architecture of the image that the group launches; empty where that is gone
 * @throws what AWS throws
 */
export async function newestImage(
  source: ImageSource,
  architecture: string,
  ports: { readonly images: Images; readonly parameters: ImageParameters },
): Promise<Newest> {
  if (source.kind === 'parameter') return imageOfParameter(source.name, architecture, ports);
  const wanted = source.architecture ?? architecture;
  if (wanted === '') return { why: 'the image of the group is gone: say source.architecture' };
  const filter =
    source.kind === 'flatcar'
      ? { name: `Flatcar-${source.channel}-*`, owner: flatcarOwner }
      : { name: source.name, owner: source.owner };
  const found = await ports.images.named({ ...filter, architecture: wanted });
  const image = [...found].sort(source.kind === 'flatcar' ? byVersion : byAge).at(-1);
  return image ? { image } : { why: `${sourceInWords(source)}: there is no such image for ${wanted}` };
}

async function imageOfParameter(
  name: string,
  architecture: string,
  { images, parameters }: { readonly images: Images; readonly parameters: ImageParameters },
): Promise<Newest> {
  const text = await parameters.read(name);
  if (text === undefined) return { why: `parameter ${name} does not exist` };
  const imageId = imageIdIn(text);
  if (imageId === undefined) return { why: `parameter ${name} holds no id of an image` };
  const image = await images.byId(imageId);
  if (!image) return { why: `parameter ${name} names ${imageId}, which is not available here` };
  if (architecture !== '' && image.architecture !== architecture)
    return {
      why: `parameter ${name} names an image for ${image.architecture}, and the group launches ${architecture}`,
    };
  return { image };
}

/** Plain, or as `image_id` in JSON, as the parameters for ECS and EKS have it. */
function imageIdIn(text: string): string | undefined {
  return /^\s*(ami-[0-9a-f]{8,17})\s*$/.exec(text)?.[1] ?? /"image_id"\s*:\s*"(ami-[0-9a-f]{8,17})"/.exec(text)?.[1];
}

function byAge(a: Image, b: Image): number {
  return Date.parse(a.createdAt) - Date.parse(b.createdAt) || (a.imageId < b.imageId ? -1 : 1);
}

/** By the number in the name: an old stream may get a release after a new one has begun. */
function byVersion(a: Image, b: Image): number {
  const [left, right] = [numbersIn(a.name), numbersIn(b.name)];
  const at = left.findIndex((number, index) => number !== right[index]);
  return at === -1 ? byAge(a, b) : (left[at] ?? 0) - (right[at] ?? 0);
}

function numbersIn(name: string): readonly number[] {
  return (/\d+(\.\d+)+/.exec(name)?.[0] ?? '').split('.').map(Number);
}
