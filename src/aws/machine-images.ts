import { EC2Client, type Image as Ec2Image, paginateDescribeImages } from '@aws-sdk/client-ec2';
import type { Image, Images } from '../images/ports.ts';
import { pickFromPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';

/** Machine images that can be launched now. By name, those that their owner has deprecated are none, except to the owner. */
export function machineImages(aws: AwsAccess): Images {
  const client = aws.client(EC2Client);
  const available = (
    filters: Readonly<Record<string, string>>,
    more: { Owners?: string[]; IncludeDeprecated?: boolean },
  ) =>
    pickFromPages(
      paginateDescribeImages(
        { client },
        {
          Filters: Object.entries({ state: 'available', ...filters }).map(([Name, value]) => ({
            Name,
            Values: [value],
          })),
          ...more,
        },
      ),
      ({ Images = [] }) => Images.map(imageOf),
    );
  return {
    // By filter and not by id: one that is gone is an empty answer.
    // Whoever launches one by its id may go on when its owner has deprecated it.
    byId: async (imageId) => (await available({ 'image-id': imageId }, { IncludeDeprecated: true }))[0],
    named: ({ name, owner, architecture }) => available({ name, architecture }, { Owners: [owner] }),
  };
}

function imageOf({ ImageId, Name, CreationDate, Architecture }: Ec2Image): Image {
  return {
    imageId: ImageId ?? '',
    name: Name ?? '',
    createdAt: CreationDate ?? '',
    architecture: Architecture ?? '',
  };
}
