import { AwsError } from '../cloud/service.ts';
import type { Program } from '../instances/machine.ts';

/** A machine image, and the software that runs on what is launched from it. */
export interface ImageRecord {
  readonly imageId: string;
  readonly name: string;
  readonly program: Program;
  /** ISO 8601; what "the newest image" is decided by. */
  readonly creationDate: string;
  readonly ownerId: string;
  readonly architecture: 'x86_64' | 'arm64';
  readonly description: string;
  readonly tags: Map<string, string>;
}

export interface ImageRegistration {
  readonly imageId: string;
  readonly name: string;
  readonly program: Program;
  readonly creationDate?: string;
  readonly ownerId?: string;
  readonly architecture?: 'x86_64' | 'arm64';
  readonly description?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** The images that can be launched. `resolve:ssm:<parameter>` ids are looked up when an instance is launched, as EC2 does. */
export class Images {
  readonly all = new Map<string, ImageRecord>();
  readonly #owner: string;
  readonly #parameter: (name: string) => string | undefined;

  constructor(owner: string, parameter: (name: string) => string | undefined = () => undefined) {
    this.#owner = owner;
    this.#parameter = parameter;
  }

  register(image: ImageRegistration): ImageRecord {
    const record: ImageRecord = {
      imageId: image.imageId,
      name: image.name,
      program: image.program,
      creationDate: image.creationDate ?? '2026-01-01T00:00:00.000Z',
      ownerId: image.ownerId ?? this.#owner,
      architecture: image.architecture ?? 'x86_64',
      description: image.description ?? '',
      tags: new Map(Object.entries(image.tags ?? {})),
    };
    this.all.set(record.imageId, record);
    return record;
  }

  /** @throws AwsError `InvalidAMIID.NotFound`, or `InvalidParameterValue` for a parameter that does not exist. */
  resolve(imageId: string): ImageRecord {
    const id = imageId.startsWith('resolve:ssm:') ? this.#resolveParameter(imageId) : imageId;
    const image = this.all.get(id);
    if (!image) throw new AwsError('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`);
    return image;
  }

  #resolveParameter(reference: string): string {
    const name = reference.slice('resolve:ssm:'.length);
    const value = this.#parameter(name);
    if (value === undefined) {
      throw new AwsError('InvalidParameterValue', `The SSM parameter '${name}' does not exist.`);
    }
    return value;
  }
}
