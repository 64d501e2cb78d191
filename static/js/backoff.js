/** Milliseconds before attempt number `attempt` (from 0): doubling, capped, and spread so that not all tabs come at once. */
export function backoff(attempt, random = Math.random) {
  const longest = Math.min(15_000, 400 * 2 ** Math.min(attempt, 10));
  return Math.round(longest * (0.5 + random() / 2));
}
