import type { Budget } from './ports.ts';

/**
 * How many of so many may be out of service at a time. A percentage is rounded down; one always may, and never all of two or more.
 */
export function budgetOf(limit: Budget, size: number): number {
  const wanted = typeof limit === 'number' ? limit : Math.floor((size * Number.parseInt(limit, 10)) / 100);
  return Math.max(1, Math.min(wanted, size - 1));
}
