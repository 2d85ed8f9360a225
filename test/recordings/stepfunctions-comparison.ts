import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { isObject, type Json } from '../../simulator/stepfunctions/json.ts';
import type { ActualRun, Expectation, RecordedCase } from './stepfunctions-case.ts';

const ignoredKeys = new Set(['SdkHttpMetadata', 'SdkResponseMetadata']);
// What a runtime adds to a failure: Python's names and Node's.
const runtimeKeys = new Set(['stackTrace', 'requestId', 'trace']);
// Events that upstream's re-sorting of Parallel states lost from the recordings; AWS's history has them.
const lostInSorting = new Set(['ParallelStateSucceeded', 'ParallelStateExited']);
const jsonDetails = new Set(['input', 'output', 'parameters']);

/** Where a run differs from what AWS answered, in words; empty when it does not. The rules are those of the recordings' README. */
export function differences(recorded: RecordedCase, actual: ActualRun): readonly string[] {
  const { expect } = recorded;
  const { outcome } = actual;
  const found: string[] = [];
  const matcher = new Matcher(expect.placeholders);
  const compare = (what: string, same: boolean, wanted: unknown, got: unknown): void => {
    if (!same) found.push(`${what}: wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
  };
  compare('status', outcome.status === expect.status, expect.status, outcome.status);
  if (outcome.status === 'SUCCEEDED') {
    const output = JSON.parse(outcome.output) as Json;
    compare('output', matcher.same(expect.output ?? null, output), expect.output, output);
  } else {
    compare('error', sameText(matcher, expect.error, outcome.error), expect.error, outcome.error);
    compare('cause', sameCause(matcher, expect, outcome.cause), expect.cause, outcome.cause);
  }
  if (expect.historyTypes) found.push(...historyDifferences(expect, actual.history, matcher));
  return found;
}

function historyDifferences(
  expect: Expectation,
  history: readonly HistoryEvent[],
  matcher: Matcher,
): readonly string[] {
  const wanted = expect.historyTypes ?? [];
  const types = history.map((event) => String(event.type));
  if (expect.historyOrder === 'interleaved') {
    // How far the siblings of a failed branch come differs from run to run: then only the kinds of events count.
    if (wanted.some((type) => /^(Parallel|Map)StateFailed$/.test(type))) return kindDifferences(wanted, types);
    const missing = [...wanted];
    const surplus = types.filter((type) => {
      const at = missing.indexOf(type);
      if (at >= 0) missing.splice(at, 1);
      return at < 0;
    });
    const unexplained = surplus.filter((type) => !lostInSorting.has(type));
    if (missing.length === 0 && unexplained.length === 0) return [];
    return [`history types: missing ${missing.join(' ')}; surplus ${unexplained.join(' ')}`];
  }
  if (wanted.join(' ') !== types.join(' '))
    return [`history types: wanted ${wanted.join(' ')}, got ${types.join(' ')}`];
  return history.flatMap((event, i) => {
    const [want, got] = [expect.events?.[i] ?? {}, flatten(event)];
    return matcher.sameEvent(want, got)
      ? []
      : [`event ${i + 1}: wanted ${JSON.stringify(want)}, got ${JSON.stringify(got)}`];
  });
}

function kindDifferences(wanted: readonly string[], types: readonly string[]): readonly string[] {
  const settled = (list: readonly string[]): readonly string[] =>
    [...new Set(list)].filter((type) => !type.endsWith('Aborted') && !lostInSorting.has(type)).toSorted();
  const [want, got] = [settled(wanted).join(' '), settled(types).join(' ')];
  return want === got && wanted.at(-1) === types.at(-1) ? [] : [`history types: wanted ${want}, got ${got}`];
}

/** An event as the recordings show it: details at the top, JSON texts parsed, no ids and no truncation flags. */
function flatten(event: HistoryEvent): Json {
  const { type, id: _id, previousEventId: _previous, timestamp: _timestamp, ...details } = event;
  const flat: Record<string, Json> = { type: String(type) };
  for (const [key, value] of Object.entries(Object.values(details)[0] ?? {})) {
    if (/Details$/.test(key) || key === 'roleArn') continue;
    if (key === 'assignedVariables') flat[key] = parsedMembers(value as Record<string, string>);
    else flat[key] = jsonDetails.has(key) ? (JSON.parse(String(value)) as Json) : (value as Json);
  }
  return flat;
}

function parsedMembers(texts: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, JSON.parse(text) as Json]));
}

function sameText(matcher: Matcher, wanted: string | undefined, got: string | undefined): boolean {
  if (wanted === undefined || got === undefined) return wanted === got;
  return matcher.same(wanted, got);
}

function sameCause(matcher: Matcher, expect: Expectation, got: string | undefined): boolean {
  const { cause } = expect;
  if (cause === undefined || got === undefined) return cause === got;
  if (typeof cause === 'string')
    return expect.causeIsExact && !expect.placeholders.length ? cause === got : matcher.same(cause, got);
  return matcher.sameReport(cause, parse(got));
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Compares values where recorded tokens stand for something. */
class Matcher {
  readonly #placeholders: readonly string[];

  constructor(placeholders: readonly string[]) {
    this.#placeholders = placeholders;
  }

  same(wanted: Json, got: Json | undefined, leaveAside: ReadonlySet<string> = ignoredKeys): boolean {
    if (typeof wanted === 'string') return this.#sameString(wanted, got);
    if (Array.isArray(wanted)) {
      return (
        Array.isArray(got) &&
        got.length === wanted.length &&
        wanted.every((item: Json, i) => this.same(item, got[i], leaveAside))
      );
    }
    if (!isObject(wanted)) return wanted === got;
    if (!isObject(got)) return false;
    const keys = (object: object): string[] => Object.keys(object).filter((key) => !leaveAside.has(key));
    if (keys(wanted).length !== keys(got).length) return false;
    return keys(wanted).every((key) => {
      const [a, b] = [wanted[key] ?? null, got[key]];
      return key === 'Cause' ? this.#sameCauseText(a, b) : this.same(a, b, leaveAside);
    });
  }

  /** A history event; its cause may be recorded as the parsed report of a function. */
  sameEvent(wanted: Json, got: Json): boolean {
    if (!isObject(wanted) || !isObject(got)) return false;
    const { cause: wantedCause, ...wantedRest } = wanted;
    const { cause: gotCause, ...gotRest } = got;
    if (!this.same(wantedRest, gotRest)) return false;
    if (isObject(wantedCause)) return typeof gotCause === 'string' && this.sameReport(wantedCause, parse(gotCause));
    return wantedCause === undefined ? gotCause === undefined : this.same(wantedCause, gotCause);
  }

  /** A function's report of its failure, whatever its runtime adds. */
  sameReport(wanted: Json, got: Json | undefined): boolean {
    return this.same(wanted, got, new Set([...ignoredKeys, ...runtimeKeys]));
  }

  #sameCauseText(wanted: Json, got: Json | undefined): boolean {
    const report = typeof wanted === 'string' ? parse(wanted) : undefined;
    if (!isObject(report)) return this.same(wanted, got);
    return typeof got === 'string' && this.sameReport(report, parse(got));
  }

  #sameString(wanted: string, got: Json | undefined): boolean {
    if (wanted === got) return true;
    if (this.#placeholders.includes(wanted)) return got !== undefined;
    const tokens = this.#placeholders.filter((token) => token.startsWith('<') && wanted.includes(token));
    if (tokens.length === 0 || typeof got !== 'string') return false;
    const escaped = wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const pattern = tokens.reduce(
      (text, token) => text.replaceAll(token.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), '[\\s\\S]+'),
      escaped,
    );
    return new RegExp(`^${pattern}$`).test(got);
  }
}
