import jsonata from 'jsonata';
import { type Definition, type State, statesOf } from './state-machines.ts';

/** What a lint needs to know of the world around the machines. */
export interface LintFacts {
  /** Names of errors that functions throw. */
  readonly errors: ReadonlySet<string>;
  /** Whether an SDK service has an operation: `('autoscaling', 'completeLifecycleAction')`. */
  readonly hasSdkAction: (service: string, action: string) => boolean;
}

/** Errors that Step Functions and Lambda themselves give a task (Step Functions Developer Guide, "Handling errors", and "Run Amazon ECS tasks"). */
const platformErrors = new Set([
  'States.ALL',
  'States.Timeout',
  'States.TaskFailed',
  'States.HeartbeatTimeout',
  'States.Permissions',
  'States.DataLimitExceeded',
  'States.QueryEvaluationError',
  'States.ItemReaderFailed',
  'States.ExceedToleratedFailureThreshold',
  'States.BranchFailed',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.Unknown',
  'Runtime.ExitError',
  'Sandbox.Timedout',
  'AmazonECS.Unknown',
]);

/** Tasks without Retry, because a loop of the machine tries them again: the next turn sends the heartbeat, WaitToAnswerAgain and WaitForBalancers lead back. */
const triesAgainByItself: ReadonlySet<string> = new Set([
  'RecordHeartbeat',
  'AnswerHook',
  'RemoveMember',
  'DeregisterNode',
]);

/**
 * The mistakes that AWS's validator and the packaging plugin let through, each as a sentence that says what to write.
 * Sources: Step Functions Developer Guide, "Transforming data with JSONata", "Passing data with variables", "Handling errors".
 */
export function lintStateMachine(name: string, definition: Definition, facts: LintFacts): string[] {
  return [
    ...undefinedVariables(definition).map(
      ({ state, variable }) =>
        `${name}.${state}: $${variable} is not assigned on every way that leads here: assign it in the first state`,
    ),
    ...hiddenFunctions(definition).map(
      (called) =>
        `${name}: $${called} is assigned, and hides the function $${called}() that is called: give it another name`,
    ),
    ...statesOf(definition).flatMap(({ name: stateName, state }) => lintState(`${name}.${stateName}`, state, facts)),
  ];
}

/** Functions of JSONata that are called where a variable of their name is assigned. */
function hiddenFunctions(definition: Definition): readonly string[] {
  const states = statesOf(definition).map(({ state }) => state);
  const assigned = new Set(states.flatMap(assignedIn));
  const called = new Set(expressionsIn(states).flatMap((expression) => calledIn(parse(expression))));
  return [...assigned].filter((variable) => called.has(variable));
}

function assignedIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(assignedIn);
  if (typeof value !== 'object' || value === null) return [];
  const own = 'Assign' in value ? Object.keys(value.Assign as object) : [];
  return [...own, ...Object.values(value).flatMap(assignedIn)];
}

function calledIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(calledIn);
  if (typeof node !== 'object' || node === null) return [];
  const { procedure } = node as { procedure?: Ast };
  const own = procedure?.type === 'variable' ? [String(procedure.value)] : [];
  return [...own, ...Object.values(node).flatMap(calledIn)];
}

function lintState(where: string, state: State, facts: LintFacts): string[] {
  return [
    ...(state.Type === 'Task' || state.Type === 'Map' || state.Type === 'Parallel'
      ? lintWork(where, state, facts)
      : []),
    ...expressionsIn(state.Arguments)
      .filter((expression) => /\$states\.(result|errorOutput)\b/.test(expression))
      .map(
        (expression) =>
          `${where}: Arguments are made before there is a result, so {% ${expression} %} is undefined: use $states.input or a variable`,
      ),
    ...[state.Arguments, state.Output, state.Assign, state.Items]
      .flatMap(expressionsIn)
      .filter(unwraps)
      .map(
        (expression) =>
          `${where}: JSONata makes one element of a list a bare value, and none nothing: write [${expression}]`,
      ),
  ];
}

function lintWork(where: string, state: State, { errors, hasSdkAction }: LintFacts): string[] {
  const sdk = /:::aws-sdk:([a-z0-9]+):([A-Za-z0-9]+)/.exec(state.Resource ?? '');
  const names = [...(state.Retry ?? []), ...(state.Catch ?? [])].flatMap(({ ErrorEquals }) => ErrorEquals);
  return [
    ...(state.Type === 'Task' && state.TimeoutSeconds === undefined
      ? [`${where}: give the Task TimeoutSeconds; without it a lost answer is waited for up to a year`]
      : []),
    ...(state.Type === 'Task' && state.Retry === undefined && !triesAgainByItself.has(where.split('.').at(-1) ?? '')
      ? [`${where}: give the Task a Retry by name, or say in triesAgainByItself which loop tries again`]
      : []),
    ...(state.Catch === undefined ? [`${where}: give it a Catch that leads to undo`] : []),
    ...(sdk?.[1] && sdk[2] && !hasSdkAction(sdk[1], sdk[2])
      ? [`${where}: the SDK of ${sdk[1]} has no ${sdk[2]}; actions are in camelCase`]
      : []),
    ...names
      .filter(
        (error) =>
          !platformErrors.has(error) &&
          !errors.has(error) &&
          !/^[A-Z][A-Za-z0-9]*\.[A-Z][A-Za-z0-9]*Exception$/.test(error),
      )
      .map((error) => `${where}: nobody throws ${error}: use the name of a class in src/**/errors.ts`),
    ...(state.Catch ?? []).flatMap(({ ErrorEquals }, index, all) =>
      ErrorEquals.includes('States.ALL') && (ErrorEquals.length > 1 || index < all.length - 1)
        ? [`${where}: States.ALL stands alone, in the last catcher`]
        : [],
    ),
  ];
}

/** The JSONata in a value, at any depth, without its braces. */
export function expressionsIn(value: unknown): string[] {
  if (typeof value === 'string') {
    const found = /^\{%([\s\S]*)%\}$/.exec(value.trim());
    return found?.[1] === undefined ? [] : [found[1].trim()];
  }
  if (Array.isArray(value)) return value.flatMap(expressionsIn);
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(expressionsIn) : [];
}

interface Ast {
  readonly type?: string;
  readonly value?: unknown;
  readonly [part: string]: unknown;
}

/** Whether the expression as a whole is a filtered or mapped list that nobody put into brackets. */
function unwraps(expression: string): boolean {
  const ast = parse(expression);
  if (ast.type === 'function') return ['map', 'filter'].includes(String((ast.procedure as Ast | undefined)?.value));
  if (ast.type !== 'path' || ast.keepSingletonArray) return false;
  return (ast.steps as Ast[]).some((step) =>
    [...((step.stages as Ast[] | undefined) ?? []), ...((step.predicate as Ast[] | undefined) ?? [])].some(
      (stage) => stage.type === 'filter' && (stage.expr as Ast | undefined)?.type !== 'number',
    ),
  );
}

function parse(expression: string): Ast {
  return jsonata(expression).ast() as unknown as Ast;
}

/** Every use of a variable in a state to which some way leads that does not assign it. */
export function undefinedVariables(
  definition: Definition,
  outer: ReadonlySet<string> = new Set(),
): { state: string; variable: string }[] {
  const known = variablesKnownAt(definition, outer);
  return Object.entries(definition.States).flatMap(([state, body]) => {
    const here = known.get(state) ?? outer;
    const { Branches = [], ItemProcessor, ...own } = body;
    const used = new Set(expressionsIn(own).flatMap(freeVariables));
    return [
      ...[...used].filter((variable) => !here.has(variable)).map((variable) => ({ state, variable })),
      ...[...Branches, ...(ItemProcessor ? [ItemProcessor] : [])].flatMap((inner) => undefinedVariables(inner, here)),
    ];
  });
}

/** What is assigned whenever a state is entered: the intersection over all ways that lead to it. */
function variablesKnownAt(
  { StartAt, States }: Definition,
  outer: ReadonlySet<string>,
): Map<string, ReadonlySet<string>> {
  const known = new Map<string, ReadonlySet<string>>([[StartAt, outer]]);
  const waiting = [StartAt];
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    for (const { to, assigns } of ways(States[state])) {
      const arriving = new Set([...(known.get(state) ?? outer), ...assigns]);
      const before = known.get(to);
      const after = before === undefined ? arriving : new Set([...before].filter((name) => arriving.has(name)));
      if (before === undefined || after.size < before.size) {
        known.set(to, after);
        waiting.push(to);
      }
    }
  }
  return known;
}

function ways(state: State | undefined): { to: string; assigns: readonly string[] }[] {
  if (!state) return [];
  const own = Object.keys(state.Assign ?? {});
  return [
    ...(state.Next ? [{ to: state.Next, assigns: own }] : []),
    ...(state.Default ? [{ to: state.Default, assigns: own }] : []),
    ...[...(state.Choices ?? []), ...(state.Catch ?? [])].map(({ Next, Assign }) => ({
      to: Next,
      assigns: Object.keys(Assign ?? {}),
    })),
  ];
}

/** Variables that an expression uses and does not bind itself; `$` and `$states` are always there, and so are functions that are called. */
function freeVariables(expression: string): string[] {
  const found: string[] = [];
  walk(parse(expression), new Set(['', '$', 'states']), found);
  return found;
}

function walk(node: unknown, bound: Set<string>, found: string[]): void {
  if (Array.isArray(node)) {
    for (const each of node) walk(each, bound, found);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const ast = node as Ast;
  if (ast.type === 'variable' && !bound.has(String(ast.value))) found.push(String(ast.value));
  if (ast.type === 'bind') bound.add(String((ast.lhs as Ast).value));
  if (ast.type === 'lambda') for (const argument of (ast.arguments as Ast[]) ?? []) bound.add(String(argument.value));
  for (const [key, part] of Object.entries(ast)) {
    // A function that is called by name is not a variable.
    if (key === 'procedure' && (part as Ast).type === 'variable') continue;
    walk(part, bound, found);
  }
}
