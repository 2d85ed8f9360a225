import { AwsError } from '../cloud/service.ts';

/** A function as callers name it. */
export interface FunctionReference {
  readonly name: string;
  readonly qualifier: string | undefined;
}

const NAME = /^(?:(?:arn:[\w-]+:lambda:[\w-]*:)?(?:\d{12}:)?function:)?([\w-]+)(?::(\$LATEST|[\w-]+))?$/;

/**
 * Reads a name, a partial ARN or an ARN, each with or without a version or alias.
 * @throws AwsError `ValidationException` when it is none, or its qualifier contradicts the one given apart.
 */
export function parseFunctionName(text: string, qualifier?: string): FunctionReference {
  const found = NAME.exec(text);
  if (!found?.[1])
    throw new AwsError(
      'ValidationException',
      `Value '${text}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${NAME.source}`,
    );
  const [, name, suffix] = found;
  if (suffix && qualifier && suffix !== qualifier) {
    const message = `The derived qualifier from the function name does not match the specified qualifier.`;
    throw new AwsError('InvalidParameterValueException', message);
  }
  return { name, qualifier: suffix ?? qualifier };
}
