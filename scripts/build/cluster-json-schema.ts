import * as z from 'zod/mini';
import { ClusterEntry } from '../../src/clusters/cluster.ts';

/** The JSON Schema of a registry entry as people write it, as text. What holds between fields only the parser knows. */
export function clusterJsonSchema(): string {
  const schema = z.toJSONSchema(ClusterEntry, { io: 'input', target: 'draft-2020-12', unrepresentable: 'any' });
  const titled = { $schema: schema.$schema, title: 'A cluster in the registry of Tender', ...schema };
  return `${JSON.stringify(titled, null, 2)}\n`;
}
