import * as z from 'zod/mini';

/** The ARN of a role that the functions may assume: deploy/stack/shared-policies.yaml. */
export const accessRole = () =>
  z
    .string()
    .check(
      z.regex(
        /^arn:aws[\w-]*:iam::\d{12}:role\/([\w+=,.@-]+\/)*tender-access-[\w+=,.@-]+$/,
        'must be the ARN of a role named tender-access-…, since the functions may assume no other',
      ),
    );
