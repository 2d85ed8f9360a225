import type { AbsoluteLocation, DeserializeMiddleware, HandlerOptions } from '@smithy/types';

/** What of the SDK's middleware stacks is used here. */
interface MiddlewareStack<Input extends object, Output extends object> {
  add(middleware: DeserializeMiddleware<Input, Output>, options: HandlerOptions & AbsoluteLocation): void;
}

/**
 * Takes elements out of a client's XML answers before the SDK reads them. It makes objects of everything that AWS says, and then copies of them: of five thousand instances
 * that is seconds of CPU and hundreds of MiB, nearly all for network interfaces, volumes and tags that a health pass does not look at.
 *
 * @param elements names of elements that lie in none of their own name
 */
export function leaveOut<Input extends object, Output extends object>(
  stack: MiddlewareStack<Input, Output>,
  elements: readonly string[],
): void {
  const unread = new RegExp(`<(${elements.join('|')})>.*?</\\1>`, 'gs');
  stack.add(
    (next) => async (request) => {
      const result = await next(request);
      const answer = result.response as { body?: AsyncIterable<Uint8Array> };
      if (answer.body) Object.assign(answer, { body: Buffer.from((await textOf(answer.body)).replace(unread, '')) });
      return result;
    },
    // Within the SDK's own deserializer.
    { name: 'leaveOutElements', step: 'deserialize', priority: 'low' },
  );
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
