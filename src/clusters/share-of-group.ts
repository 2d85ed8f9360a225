import * as z from 'zod/mini';

const FORM = 'must be a whole number from 1, or a percentage from 1% to 100%, as in 10%';

/** So many nodes of a group, or so much of its desired capacity: `1`, `10%`. */
export const shareOfGroup = () =>
  z.union([z.int(FORM).check(z.gte(1)), z.string().check(z.regex(/^([1-9]\d?|100)%$/, FORM))], FORM);
