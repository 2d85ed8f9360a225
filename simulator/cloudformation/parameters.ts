import type { StackTargets } from './stack-targets.ts';
import type { Template, TemplateParameter } from './template.ts';
import { templateError } from './template-error.ts';

/**
 * The values of the template's parameters: given ones, else defaults; lists are split, and those that name an SSM
 * parameter are read.
 * @throws AwsError `ValidationError` for one that is missing, unknown or not allowed.
 */
export async function parameterValues(
  template: Template,
  given: Readonly<Record<string, string>>,
  targets: StackTargets,
): Promise<ReadonlyMap<string, string | readonly string[]>> {
  const declared = template.Parameters ?? {};
  const unknown = Object.keys(given).filter((name) => !(name in declared));
  if (unknown.length > 0) throw templateError(`Parameters: [${unknown.join(', ')}] do not exist in the template`);
  const missing = Object.keys(declared).filter((name) => (given[name] ?? declared[name]?.Default) === undefined);
  if (missing.length > 0) throw templateError(`Parameters: [${missing.join(', ')}] must have values`);
  const values = new Map<string, string | readonly string[]>();
  for (const [name, parameter] of Object.entries(declared)) {
    const text = String(given[name] ?? parameter.Default);
    checkAllowed(name, text, parameter);
    values.set(name, await typed(text, parameter, targets));
  }
  return values;
}

function checkAllowed(
  name: string,
  text: string,
  { AllowedValues, AllowedPattern, ConstraintDescription, Type }: TemplateParameter,
): void {
  const items = isListType(Type) ? splitList(text) : [text];
  if (AllowedValues && !items.every((item) => AllowedValues.map(String).includes(item))) {
    throw templateError(ConstraintDescription ?? `Parameter '${name}' must be one of AllowedValues`);
  }
  if (AllowedPattern && !items.every((item) => new RegExp(`^(?:${AllowedPattern})$`).test(item))) {
    const reason = ConstraintDescription ?? `must match pattern ${AllowedPattern}`;
    throw templateError(`Parameter ${name} failed to satisfy constraint: ${reason}`);
  }
  if (Type === 'Number' && Number.isNaN(Number(text))) throw templateError(`Parameter '${name}' must be a number.`);
}

async function typed(
  text: string,
  { Type }: TemplateParameter,
  targets: StackTargets,
): Promise<string | readonly string[]> {
  if (!Type.startsWith('AWS::SSM::Parameter::Value<')) return isListType(Type) ? splitList(text) : text;
  const output = (await targets.calls.call('ssm', 'GetParameter', { Name: text }, targets.caller)) as {
    Parameter?: { Value?: string };
  };
  const value = output.Parameter?.Value ?? '';
  return /<(List<|CommaDelimitedList)/.test(Type) ? splitList(value) : value;
}

function isListType(type: string): boolean {
  return type === 'CommaDelimitedList' || type.startsWith('List<');
}

function splitList(text: string): readonly string[] {
  return text === '' ? [] : text.split(',').map((item) => item.trim());
}
