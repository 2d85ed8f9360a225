import { describe, expect, it } from 'vitest';
import { newestImage, sourceInWords } from '../../../src/images/newest-image.ts';
import type { Image, ImageSource } from '../../../src/images/ports.ts';
import { versionDiff } from '../../../src/images/version-diff.ts';

const image = (imageId: string, name = '', createdAt = '2026-01-01T00:00:00Z', architecture = 'x86_64'): Image => ({
  imageId,
  name,
  createdAt,
  architecture,
});

function ask(source: ImageSource, images: readonly Image[], parameter?: string, architecture = 'x86_64') {
  const asked: object[] = [];
  const ports = {
    images: {
      byId: async (id: string) => images.find(({ imageId }) => imageId === id),
      named: async (filter: { readonly architecture: string }) => {
        asked.push(filter);
        return images.filter((one) => one.architecture === filter.architecture);
      },
    },
    parameters: { read: async () => parameter },
  };
  return newestImage(source, architecture, ports).then((newest) => ({ ...newest, asked }));
}

describe('the newest image', () => {
  const parameter: ImageSource = { kind: 'parameter', name: '/aws/service/x' };

  it('of a parameter is the one that it names, plain or in JSON', async () => {
    const there = [image('ami-0123456789abcdef0')];
    expect(await ask(parameter, there, 'ami-0123456789abcdef0\n')).toMatchObject({ image: there[0] });
    const json = '{"ecs_agent_version": "1.9", "image_id": "ami-0123456789abcdef0"}';
    expect(await ask(parameter, there, json)).toMatchObject({ image: there[0] });
  });

  it.each<[string, string | undefined, readonly Image[], RegExp]>([
    ['does not exist', undefined, [], /does not exist/],
    ['holds something else', 'latest', [], /holds no id/],
    ['names an image that is not here', 'ami-0123456789abcdef0', [], /not available here/],
    [
      'names one for other machines',
      'ami-0123456789abcdef0',
      [image('ami-0123456789abcdef0', '', '', 'arm64')],
      /for arm64, and the group launches x86_64/,
    ],
  ])('of a parameter that %s is none, and says why', async (_, text, images, why) => {
    expect(await ask(parameter, images, text)).toMatchObject({ why: expect.stringMatching(why) });
  });

  it('of a name is the youngest of its owner for the machines of the group', async () => {
    const source: ImageSource = { kind: 'image-name', name: 'golden-*', owner: '111111111111' };
    const images = [
      image('ami-2', 'golden-2', '2026-03-01T00:00:00Z'),
      image('ami-3', 'golden-3', '2026-02-01T00:00:00Z'),
      image('ami-4', 'golden-4', '2026-04-01T00:00:00Z', 'arm64'),
    ];
    expect(await ask(source, images)).toMatchObject({
      image: { imageId: 'ami-2' },
      asked: [{ name: 'golden-*', owner: '111111111111', architecture: 'x86_64' }],
    });
    expect(await ask({ ...source, architecture: 'arm64' }, images)).toMatchObject({ image: { imageId: 'ami-4' } });
    expect(await ask(source, images, undefined, '')).toMatchObject({ why: expect.stringContaining('architecture') });
    expect(await ask(source, [])).toMatchObject({ why: expect.stringContaining('no such image for x86_64') });
  });

  it('of Flatcar is the one with the greatest number, though an older stream was released later', async () => {
    const images = [
      image('ami-1', 'Flatcar-lts-3510.3.9-hvm', '2026-05-01T00:00:00Z'),
      image('ami-2', 'Flatcar-lts-4081.3.1-hvm', '2026-04-01T00:00:00Z'),
      image('ami-3', 'Flatcar-lts-4081.2.9-hvm', '2026-04-02T00:00:00Z'),
    ];
    const source: ImageSource = { kind: 'flatcar', channel: 'lts' };
    expect(await ask(source, images)).toMatchObject({
      image: { imageId: 'ami-2' },
      asked: [{ name: 'Flatcar-lts-*', owner: '075585003325' }],
    });
    expect([source, parameter, undefined].map(sourceInWords)).toEqual(['Flatcar lts', 'parameter /aws/service/x', '']);
  });
});

describe('the difference of two versions', () => {
  it('names each field that changed, and keeps user data to itself', () => {
    const before = { ImageId: 'ami-1', UserData: 'aaaa', MetadataOptions: { HttpTokens: 'required' }, Tags: [1] };
    const after = {
      ImageId: 'ami-2',
      UserData: 'bbbb',
      MetadataOptions: { HttpTokens: 'optional' },
      EbsOptimized: true,
    };
    expect(versionDiff(before, after)).toEqual([
      'EbsOptimized: none → true',
      'ImageId: ami-1 → ami-2',
      'MetadataOptions.HttpTokens: required → optional',
      'Tags: [1] → none',
      'UserData: 4 characters → 4 characters',
    ]);
    expect(versionDiff(before, { ...before })).toEqual([]);
  });
});
