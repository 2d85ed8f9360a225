import { readFileSync } from 'node:fs';
import type { Template } from '../../simulator/cloudformation/template.ts';
import { parseTemplate } from '../../simulator/cloudformation/template-body.ts';

/** Reads a CloudFormation template as people write it. */
export function yamlTemplate(file: string): Template {
  return parseTemplate(readFileSync(file, 'utf8'));
}
