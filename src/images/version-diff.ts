/** How two launch template versions differ, a line for each field: `ImageId: ami-1 → ami-2`. */
export function versionDiff(before: unknown, after: unknown, path = ''): readonly string[] {
  if (isObject(before) && isObject(after)) {
    const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return fields.flatMap((field) =>
      versionDiff(before[field], after[field], path === '' ? field : `${path}.${field}`),
    );
  }
  const [old, young] = [textOf(before), textOf(after)];
  return old === young ? [] : [`${path}: ${shown(path, old)} → ${shown(path, young)}`];
}

// Lists keep their order in launch templates, and are shown as a whole.
function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  if (value === undefined) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** User data is long, and holds what is nobody's business. */
function shown(path: string, text: string): string {
  return path === 'UserData' ? `${text.length} characters` : text;
}
