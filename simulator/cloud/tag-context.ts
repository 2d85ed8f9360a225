/** Condition keys that come with a resource's tags: `aws:ResourceTag/<key>` and `<prefix>:ResourceTag/<key>`. */
export function resourceTagContext(prefix: string, tags: ReadonlyMap<string, string>): Record<string, string> {
  const context: Record<string, string> = {};
  for (const [key, value] of tags) {
    context[`aws:ResourceTag/${key}`] = value;
    context[`${prefix}:ResourceTag/${key}`] = value;
  }
  return context;
}

/** Condition keys that come with tags in a request: `aws:RequestTag/<key>` and `aws:TagKeys`. */
export function requestTagContext(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined,
): Record<string, string | readonly string[]> {
  const context: Record<string, string | readonly string[]> = {};
  if (!tags || tags.length === 0) return context;
  for (const tag of tags) context[`aws:RequestTag/${tag.Key ?? ''}`] = tag.Value ?? '';
  context['aws:TagKeys'] = tags.map((tag) => tag.Key ?? '');
  return context;
}
