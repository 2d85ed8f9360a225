import { AwsError } from '../cloud/service.ts';
import type {
  Assignments,
  Catcher,
  ChoiceRule,
  FailureHandling,
  Flow,
  Machine,
  MapState,
  State,
  TaskState,
} from './definition.ts';
import { everyState, fieldsOf, jsonataOnly, jsonPathOnly, notSupportedHere } from './definition-fields.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import type { Retrier } from './retry-policy.ts';
import { parseTaskResource, type TaskResource } from './task-resource.ts';
import { compileTemplate, type Template } from './template.ts';
import { parseTimestamp } from './wait-deadline.ts';

/** One thing that is wrong with a definition, as ValidateStateMachineDefinition reports it. */
export interface Diagnostic {
  readonly code:
    | 'SCHEMA_VALIDATION_FAILED'
    | 'MISSING_TRANSITION_TARGET'
    | 'MISSING_END_STATE'
    | 'INVALID_JSON_DESCRIPTION';
  readonly message: string;
  /** `/States/Pass1/Next`; empty for the definition as a whole. */
  readonly location: string;
}

/** Which resources a machine may call: the reason why not, or undefined. */
export type ResourceCheck = (resource: TaskResource) => string | undefined;

type Language = 'JSONata' | 'JSONPath';

/**
 * Reads, checks and compiles a definition.
 *
 * What AWS refuses is refused with AWS's words where they are known. What only the local cloud cannot do (JSONPath fields,
 * distributed readers and writers, unknown resources) is refused too, never run wrongly: the message names state and field.
 *
 * @throws AwsError `InvalidDefinition`
 */
export function parseDefinition(text: string, checkResource: ResourceCheck): Machine {
  const { machine, diagnostics } = examineDefinition(text, checkResource);
  if (machine && diagnostics.length === 0) return machine;
  const list = diagnostics.map((d) => `${d.code}: ${d.message} at ${d.location || 'null'}`).join(', ');
  throw new AwsError('InvalidDefinition', `Invalid State Machine Definition: '${list}'`, { status: 400 });
}

/** As {@link parseDefinition}, but tells everything that is wrong instead of throwing. */
export function examineDefinition(
  text: string,
  checkResource: ResourceCheck,
): { readonly machine?: Machine; readonly diagnostics: readonly Diagnostic[] } {
  let source: Json;
  try {
    source = JSON.parse(text) as Json;
  } catch (error) {
    const message = `Invalid JSON description: ${(error as Error).message}`;
    return { diagnostics: [{ code: 'INVALID_JSON_DESCRIPTION', message, location: '' }] };
  }
  const reader = new Reader(checkResource);
  const machine = reader.machine(source);
  return machine ? { machine, diagnostics: reader.diagnostics } : { diagnostics: reader.diagnostics };
}

class Reader {
  readonly diagnostics: Diagnostic[] = [];
  readonly #checkResource: ResourceCheck;
  #machineLanguage: Language = 'JSONPath';
  #machineLanguageIsJsonata = false;

  constructor(checkResource: ResourceCheck) {
    this.#checkResource = checkResource;
  }

  machine(source: Json): Machine | undefined {
    if (!isObject(source)) {
      this.#refuse('', 'A state machine must be a JSON object');
      return undefined;
    }
    this.#onlyFields(source, ['Comment', 'StartAt', 'States', 'Version', 'TimeoutSeconds', 'QueryLanguage'], '');
    this.#machineLanguage = this.#language(source, '') ?? 'JSONPath';
    this.#machineLanguageIsJsonata = this.#machineLanguage === 'JSONata';
    if (source.Version !== undefined && source.Version !== '1.0') this.#refuse('/Version', "Version must be '1.0'");
    const timeout = this.#wholeNumber(source, 'TimeoutSeconds', '', 1);
    const flow = this.#flow(source, '', new Set());
    return flow && { ...flow, timeoutSeconds: timeout, source };
  }

  #refuse(location: string, message: string, code: Diagnostic['code'] = 'SCHEMA_VALIDATION_FAILED'): void {
    this.diagnostics.push({ code, message, location });
  }

  #flow(source: JsonObject, at: string, outerVariables: ReadonlySet<string>): Flow | undefined {
    const { StartAt, States } = source;
    if (typeof StartAt !== 'string' || !isObject(States) || Object.keys(States).length === 0) {
      this.#refuse(at, "A flow must have 'StartAt' and at least one state in 'States'");
      return undefined;
    }
    const variables = new Set(outerVariables);
    for (const state of Object.values(States)) for (const name of assignedIn(state)) variables.add(name);
    const states = new Map<string, State>();
    for (const [name, state] of Object.entries(States)) {
      const parsed = this.#state(name, state, `${at}/States/${name}`, outerVariables, variables);
      if (parsed) states.set(name, parsed);
    }
    if (states.size === Object.keys(States).length) this.#checkTransitions(StartAt, states, at);
    return { startAt: StartAt, states };
  }

  #checkTransitions(startAt: string, states: ReadonlyMap<string, State>, at: string): void {
    const missing = (target: string, location: string, field: string): void => {
      if (!states.has(target)) {
        this.#refuse(location, `Missing '${field}' target: ${target}`, 'MISSING_TRANSITION_TARGET');
      }
    };
    missing(startAt, `${at}/StartAt`, 'StartAt');
    const reached = new Set([startAt]);
    let ends = false;
    for (const state of states.values()) {
      for (const { target, field } of targetsOf(state)) {
        missing(target, `${at}/States/${state.name}/${field}`, field.split('/').at(-1) ?? field);
        reached.add(target);
      }
      ends ||= state.next === undefined && state.type !== 'Choice';
    }
    if (!ends) this.#refuse('', 'Workflow has no terminal state', 'MISSING_END_STATE');
    for (const name of states.keys()) {
      if (!reached.has(name)) {
        this.#refuse(`${at}/States/${name}`, `State "${name}" is not reachable.`, 'MISSING_TRANSITION_TARGET');
      }
    }
  }

  #state(
    name: string,
    source: Json,
    at: string,
    outerVariables: ReadonlySet<string>,
    variables: ReadonlySet<string>,
  ): State | undefined {
    if (!isObject(source)) {
      this.#refuse(at, `State '${name}' must be a JSON object`);
      return undefined;
    }
    const type = source.Type;
    const fields = typeof type === 'string' ? fieldsOf[type] : undefined;
    if (name.length > 80) this.#refuse(at, 'State name must be at most 80 characters');
    if (fields === undefined) {
      this.#refuse(`${at}/Type`, `State '${name}' has no valid 'Type': ${JSON.stringify(type)}`);
      return undefined;
    }
    const language = this.#stateLanguage(source, at);
    this.#checkFields(name, source, fields, language, at);
    const before = this.diagnostics.length;
    const state = this.#stateOfType(name, source, language, at, variables);
    for (const variable of assignedIn(source)) this.#checkVariable(variable, outerVariables, at);
    return this.diagnostics.length === before ? state : undefined;
  }

  // https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html: names, and no shadowing of an outer variable.
  #checkVariable(variable: string, outerVariables: ReadonlySet<string>, at: string): void {
    if (variable === 'states') this.#refuse(`${at}/Assign/states`, "Variable name 'states' is reserved");
    else if (!/^[\p{ID_Start}_][\p{ID_Continue}]{0,79}$/u.test(variable)) {
      this.#refuse(`${at}/Assign/${variable}`, `Variable name '${variable}' is not a valid identifier`);
    }
    if (outerVariables.has(variable)) {
      this.#refuse(`${at}/Assign/${variable}`, `Variable '${variable}' is already assigned in an outer scope`);
    }
  }

  #checkFields(name: string, source: JsonObject, fields: readonly string[], language: Language, at: string): void {
    for (const field of Object.keys(source)) {
      const where = `${at}/${field}`;
      if (everyState.includes(field)) continue;
      if (jsonPathOnly.has(field)) this.#refuseJsonPathField(name, field, language, where);
      else if (notSupportedHere.has(field))
        this.#refuse(where, `The local cloud does not support field '${field}' (state '${name}')`);
      else if (!fields.includes(field)) this.#refuse(where, `Field '${field}' is not supported`);
      else if (language === 'JSONPath' && jsonataOnly.has(field)) {
        this.#refuse(
          where,
          `The QueryLanguage is set to 'JSONPath', but field '${field}' is only supported for the 'JSONata' QueryLanguage`,
        );
      }
    }
  }

  #refuseJsonPathField(state: string, field: string, language: Language, where: string): void {
    this.#refuse(
      where,
      language === 'JSONata'
        ? `The QueryLanguage is set to 'JSONata', but field '${field}' is only supported for the 'JSONPath' QueryLanguage`
        : `The local cloud runs JSONata only: field '${field}' of state '${state}' needs JSONPath`,
    );
  }

  #stateOfType(
    name: string,
    s: JsonObject,
    language: Language,
    at: string,
    variables: ReadonlySet<string>,
  ): State | undefined {
    const field = (key: string): Template | undefined => this.#template(s, key, language, at);
    const ends = s.Type === 'Succeed' || s.Type === 'Fail' || s.Type === 'Choice';
    const next = ends ? undefined : this.#next(s, at);
    const common = { name, language, next, output: field('Output'), assign: this.#assign(s, language, at, 'Assign') };
    switch (s.Type) {
      case 'Pass':
        return { ...common, type: 'Pass' };
      case 'Succeed':
        return { ...common, type: 'Succeed' };
      case 'Fail':
        return { ...common, type: 'Fail', error: field('Error'), cause: field('Cause') };
      case 'Wait':
        if ((s.Seconds === undefined) === (s.Timestamp === undefined)) {
          this.#refuse(at, `Wait state '${name}' must have exactly one of 'Seconds' and 'Timestamp'`);
        }
        return {
          ...common,
          type: 'Wait',
          seconds: this.#wholeTemplate(s, 'Seconds', language, at, 0),
          timestamp: this.#timestamp(s, language, at),
        };
      case 'Choice':
        return this.#choice(s, common, language, at);
      case 'Task':
        return this.#task(s, common, language, at);
      case 'Parallel':
        return this.#parallel(s, common, language, at, variables);
      default:
        return this.#map(s, common, language, at, variables);
    }
  }

  #choice(s: JsonObject, common: Common, language: Language, at: string): State | undefined {
    if (language === 'JSONPath') {
      this.#refuse(
        `${at}/Choices`,
        `The local cloud runs JSONata only: field 'Choices' of state '${common.name}' needs JSONPath`,
      );
      return undefined;
    }
    if (!Array.isArray(s.Choices) || s.Choices.length === 0) {
      this.#refuse(`${at}/Choices`, `Choice state '${common.name}' must have a non-empty list 'Choices'`);
      return undefined;
    }
    const rules = s.Choices.map((rule: Json, i) => this.#choiceRule(rule, i, language, at));
    const fallback = typeof s.Default === 'string' ? s.Default : undefined;
    return { ...common, type: 'Choice', fallback, rules: rules.filter((rule) => rule !== undefined) };
  }

  #choiceRule(rule: Json, index: number, language: Language, stateAt: string): ChoiceRule | undefined {
    const path = `Choices[${index}]`;
    const at = `${stateAt}/${path}`;
    if (!isObject(rule) || rule.Condition === undefined || typeof rule.Next !== 'string') {
      this.#refuse(at, "A choice rule must have 'Condition' and 'Next'");
      return undefined;
    }
    this.#onlyFields(rule, ['Condition', 'Next', 'Assign', 'Output', 'Comment'], at);
    const condition = this.#template(rule, 'Condition', language, stateAt, `${path}/Condition`);
    if (!condition) return undefined;
    if (condition.kind === 'literal' && typeof condition.value !== 'boolean') {
      this.#refuse(`${at}/Condition`, "'Condition' must be a boolean or a JSONata expression");
    }
    return {
      condition,
      path: `${path}/Condition`,
      next: rule.Next,
      output: this.#template(rule, 'Output', language, stateAt, `${path}/Output`),
      assign: this.#assign(rule, language, stateAt, `${path}/Assign`),
    };
  }

  #task(s: JsonObject, common: Common, language: Language, at: string): TaskState | undefined {
    const resource = typeof s.Resource === 'string' ? parseTaskResource(s.Resource) : undefined;
    const refusal = resource ? this.#checkResource(resource) : 'no such kind of resource';
    if (resource === undefined || refusal !== undefined) {
      this.#refuse(
        `${at}/Resource`,
        `The local cloud cannot run field 'Resource' of state '${common.name}': ${JSON.stringify(s.Resource ?? null)} (${refusal})`,
      );
      return undefined;
    }
    // https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html: the heartbeat is the shorter of the two.
    if (typeof s.HeartbeatSeconds === 'number' && s.HeartbeatSeconds >= Number(s.TimeoutSeconds ?? 99_999_999)) {
      this.#refuse(`${at}/HeartbeatSeconds`, "'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'");
    }
    return {
      ...common,
      ...this.#handling(s, language, at),
      type: 'Task',
      resource,
      arguments: this.#template(s, 'Arguments', language, at),
      timeoutSeconds: this.#wholeTemplate(s, 'TimeoutSeconds', language, at, 1),
      heartbeatSeconds: this.#wholeTemplate(s, 'HeartbeatSeconds', language, at, 1),
    };
  }

  #parallel(
    s: JsonObject,
    common: Common,
    language: Language,
    at: string,
    variables: ReadonlySet<string>,
  ): State | undefined {
    if (!Array.isArray(s.Branches) || s.Branches.length === 0) {
      this.#refuse(`${at}/Branches`, `Parallel state '${common.name}' must have a non-empty list 'Branches'`);
      return undefined;
    }
    const branches = s.Branches.map((branch: Json, i) => {
      const where = `${at}/Branches[${i}]`;
      if (isObject(branch)) this.#onlyFields(branch, ['Comment', 'StartAt', 'States'], where);
      return isObject(branch)
        ? this.#flow(branch, where, variables)
        : this.#refuse(where, 'A branch must be a JSON object');
    });
    return {
      ...common,
      ...this.#handling(s, language, at),
      type: 'Parallel',
      arguments: this.#template(s, 'Arguments', language, at),
      branches: branches.filter((branch) => branch !== undefined),
    };
  }

  #map(
    s: JsonObject,
    common: Common,
    language: Language,
    at: string,
    variables: ReadonlySet<string>,
  ): MapState | undefined {
    const key = s.ItemProcessor === undefined ? 'Iterator' : 'ItemProcessor';
    const processor = s[key];
    if (!isObject(processor)) {
      this.#refuse(at, `Map state '${common.name}' must have 'ItemProcessor'`);
      return undefined;
    }
    this.#onlyFields(processor, ['Comment', 'StartAt', 'States', 'ProcessorConfig'], `${at}/${key}`);
    const config = isObject(processor.ProcessorConfig) ? processor.ProcessorConfig : {};
    this.#onlyFields(config, ['Comment', 'Mode', 'ExecutionType'], `${at}/${key}/ProcessorConfig`);
    const distributed = config.Mode === 'DISTRIBUTED';
    // A distributed Map's child executions see no variables of their parent: their scope is their own.
    const flow = this.#flow(processor, `${at}/${key}`, distributed ? new Set() : variables);
    if (!flow) return undefined;
    const field = (name: string): Template | undefined => this.#template(s, name, language, at);
    return {
      ...common,
      ...this.#handling(s, language, at),
      type: 'Map',
      items: field('Items'),
      itemSelector: field('ItemSelector'),
      maxConcurrency: this.#wholeTemplate(s, 'MaxConcurrency', language, at, 0),
      toleratedFailureCount: field('ToleratedFailureCount'),
      toleratedFailurePercentage: field('ToleratedFailurePercentage'),
      distributed,
      label: typeof s.Label === 'string' ? s.Label : undefined,
      processor: flow,
    };
  }

  #handling(s: JsonObject, language: Language, at: string): FailureHandling {
    const retry = this.#list(s, 'Retry', at).map((retrier, i) => this.#retrier(retrier, `${at}/Retry[${i}]`));
    const catchers = this.#list(s, 'Catch', at).map((catcher, i) => this.#catcher(catcher, i, language, at));
    return { retry, catchers: catchers.filter((catcher) => catcher !== undefined) };
  }

  #retrier(source: JsonObject, at: string): Retrier {
    this.#onlyFields(
      source,
      ['Comment', 'ErrorEquals', 'IntervalSeconds', 'MaxAttempts', 'BackoffRate', 'MaxDelaySeconds', 'JitterStrategy'],
      at,
    );
    const jitter = source.JitterStrategy ?? 'NONE';
    if (jitter !== 'FULL' && jitter !== 'NONE')
      this.#refuse(`${at}/JitterStrategy`, "JitterStrategy must be 'FULL' or 'NONE'");
    const rate = source.BackoffRate ?? 2;
    if (typeof rate !== 'number' || rate < 1) this.#refuse(`${at}/BackoffRate`, 'BackoffRate must be at least 1.0');
    return {
      errorEquals: this.#errorEquals(source, at),
      intervalSeconds: this.#wholeNumber(source, 'IntervalSeconds', at, 1) ?? 1,
      maxAttempts: this.#wholeNumber(source, 'MaxAttempts', at, 0) ?? 3,
      backoffRate: Number(rate),
      maxDelaySeconds: this.#wholeNumber(source, 'MaxDelaySeconds', at, 1),
      jitterStrategy: jitter === 'FULL' ? 'FULL' : 'NONE',
    };
  }

  #catcher(source: JsonObject, index: number, language: Language, stateAt: string): Catcher | undefined {
    const path = `Catch[${index}]`;
    const at = `${stateAt}/${path}`;
    const known = ['Comment', 'ErrorEquals', 'Next', 'Assign', ...(language === 'JSONata' ? ['Output'] : [])];
    if (source.ResultPath !== undefined && language === 'JSONPath') {
      this.#refuse(`${at}/ResultPath`, `The local cloud runs JSONata only: field 'ResultPath' at ${at} needs JSONPath`);
    } else this.#onlyFields(source, known, at);
    if (typeof source.Next !== 'string') {
      this.#refuse(at, "A catcher must have 'Next'");
      return undefined;
    }
    return {
      errorEquals: this.#errorEquals(source, at),
      next: source.Next,
      output: this.#template(source, 'Output', language, stateAt, `${path}/Output`),
      assign: this.#assign(source, language, stateAt, `${path}/Assign`),
    };
  }

  #errorEquals(source: JsonObject, at: string): readonly string[] {
    const names = source.ErrorEquals;
    if (Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === 'string')) return names;
    this.#refuse(`${at}/ErrorEquals`, "'ErrorEquals' must be a non-empty list of error names");
    return [];
  }

  #list(source: JsonObject, key: string, at: string): readonly JsonObject[] {
    const list = source[key];
    if (list === undefined) return [];
    if (Array.isArray(list) && list.every(isObject)) return list;
    this.#refuse(`${at}/${key}`, `'${key}' must be a list of objects`);
    return [];
  }

  #next(source: JsonObject, at: string): string | undefined {
    const { Next, End } = source;
    if (End === true && Next === undefined) return undefined;
    if (typeof Next === 'string' && (End === undefined || End === false)) return Next;
    this.#refuse(at, "A state must have exactly one of 'Next' and 'End'");
    return undefined;
  }

  #assign(source: JsonObject, language: Language, at: string, path: string): Assignments {
    const assign = source.Assign;
    if (assign === undefined) return [];
    if (!isObject(assign)) {
      this.#refuse(`${at}/${path}`, "'Assign' must be a JSON object");
      return [];
    }
    return Object.entries(assign).flatMap(([name]) => {
      const value = this.#template(assign, name, language, at, `${path}/${name}`);
      return value ? [[name, value] as const] : [];
    });
  }

  /** A field as a template; in JSONPath it must be a plain literal. */
  #template(source: JsonObject, key: string, language: Language, at: string, path = key): Template | undefined {
    const value = source[key];
    if (value === undefined) return undefined;
    if (language === 'JSONPath') {
      if (!key.endsWith('.$') && !hasPathKey(value)) return { kind: 'literal', value };
      this.#refuse(`${at}/${path}`, `The local cloud runs JSONata only: field '${path}' at ${at} needs JSONPath`);
      return undefined;
    }
    try {
      return compileTemplate(value, path);
    } catch (error) {
      this.#refuse(`${at}/${path}`, `The JSONata expression is not valid: ${(error as { message?: string }).message}`);
      return undefined;
    }
  }

  /** A whole number, or in JSONata an expression that will give one. */
  #wholeTemplate(source: JsonObject, key: string, language: Language, at: string, least: number): Template | undefined {
    const template = this.#template(source, key, language, at);
    if (template?.kind === 'literal') this.#wholeNumber(source, key, at, least);
    return template;
  }

  #timestamp(source: JsonObject, language: Language, at: string): Template | undefined {
    const template = this.#template(source, 'Timestamp', language, at);
    const literal = template?.kind === 'literal' ? template.value : undefined;
    if (literal !== undefined && (typeof literal !== 'string' || parseTimestamp(literal) === undefined)) {
      this.#refuse(`${at}/Timestamp`, "'Timestamp' must be an ISO-8601 extended offset date-time");
    }
    return template;
  }

  #wholeNumber(source: JsonObject, key: string, at: string, least: number): number | undefined {
    const value = source[key];
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= 99_999_999) return value;
    this.#refuse(`${at}/${key}`, `'${key}' must be a whole number from ${least} to 99999999`);
    return undefined;
  }

  #onlyFields(source: JsonObject, known: readonly string[], at: string): void {
    for (const field of Object.keys(source)) {
      if (!known.includes(field)) this.#refuse(`${at}/${field}`, `Field '${field}' is not supported`);
    }
  }

  #stateLanguage(source: JsonObject, at: string): Language {
    const own = this.#language(source, at);
    if (own === 'JSONPath' && this.#machineLanguageIsJsonata) {
      this.#refuse(at, "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine");
    }
    return own ?? this.#machineLanguage;
  }

  #language(source: JsonObject, at: string): Language | undefined {
    const language = source.QueryLanguage;
    if (language === undefined || language === 'JSONata' || language === 'JSONPath') return language;
    this.#refuse(`${at}/QueryLanguage`, "'QueryLanguage' must be 'JSONata' or 'JSONPath'");
    return undefined;
  }
}

interface Common {
  readonly name: string;
  readonly language: Language;
  readonly next: string | undefined;
  readonly output: Template | undefined;
  readonly assign: Assignments;
}

function hasPathKey(value: Json): boolean {
  if (Array.isArray(value)) return value.some(hasPathKey);
  return isObject(value) && Object.entries(value).some(([key, member]) => key.endsWith('.$') || hasPathKey(member));
}

/** The variables that a state assigns, in any of its Assign fields. */
function assignedIn(state: Json): readonly string[] {
  if (!isObject(state)) return [];
  const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
  return [state, ...list(state.Choices), ...list(state.Catch)].flatMap((part) =>
    isObject(part) && isObject(part.Assign) ? Object.keys(part.Assign) : [],
  );
}

function targetsOf(state: State): readonly { readonly target: string; readonly field: string }[] {
  const targets: { target: string; field: string }[] = [];
  if (state.next !== undefined) targets.push({ target: state.next, field: 'Next' });
  if (state.type === 'Choice') {
    if (state.fallback !== undefined) targets.push({ target: state.fallback, field: 'Default' });
    state.rules.forEach((rule, i) => {
      targets.push({ target: rule.next, field: `Choices[${i}]/Next` });
    });
  }
  if ('catchers' in state) {
    state.catchers.forEach((catcher, i) => {
      targets.push({ target: catcher.next, field: `Catch[${i}]/Next` });
    });
  }
  return targets;
}
