import type { CoreEvent, Fields, KubeObject } from './objects.ts';

/** An Event of the core group as events.k8s.io/v1 shows it: one store, two shapes. */
export function toNewEvent(event: CoreEvent): Fields {
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: event.metadata,
    eventTime: event.eventTime ?? null,
    regarding: event.involvedObject,
    note: event.message,
    reason: event.reason,
    type: event.type,
    action: event.action,
    reportingController: event.reportingComponent,
    reportingInstance: event.reportingInstance,
    related: event.related,
    series: event.series,
    deprecatedSource: event.source,
    deprecatedFirstTimestamp: event.firstTimestamp,
    deprecatedLastTimestamp: event.lastTimestamp,
    deprecatedCount: event.count,
  };
}

/** The other way round, for what is written through events.k8s.io/v1. */
export function toCoreEvent(event: KubeObject): CoreEvent {
  const fields = event as KubeObject & Fields;
  const core = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: event.metadata,
    involvedObject: fields.regarding ?? {},
    message: fields.note,
    reason: fields.reason,
    type: fields.type,
    action: fields.action,
    eventTime: fields.eventTime ?? null,
    reportingComponent: fields.reportingController,
    reportingInstance: fields.reportingInstance,
    related: fields.related,
    series: fields.series,
    source: fields.deprecatedSource ?? {},
    firstTimestamp: fields.deprecatedFirstTimestamp ?? null,
    lastTimestamp: fields.deprecatedLastTimestamp ?? null,
    count: fields.deprecatedCount,
  };
  return JSON.parse(JSON.stringify(core)) as CoreEvent;
}
