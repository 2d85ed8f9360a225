import * as z from 'zod/mini';

/** An ARN of this service, in any partition. */
export const arn = (service: string) =>
  z.string().check(z.regex(new RegExp(`^arn:aws[\\w-]*:${service}:[\\w-]*:\\d{12}:.`), `must be an ARN of ${service}`));
