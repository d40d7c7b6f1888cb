// Waiting for a condition with a limit: the only kind of waiting the scenes know.

const LOOK_EVERY_MS = 100;

/**
 * Asks `probe` until it returns something truthy, and returns that. A probe that throws counts as "not yet".
 * After `limitMs` it fails, with what was awaited and what `explain` tells of the last state.
 */
export async function until(what, limitMs, probe, explain = () => '') {
  const end = Date.now() + limitMs;
  let trouble = null;
  for (;;) {
    try {
      const found = await probe();
      if (found) {
        return found;
      }
      trouble = null;
    } catch (error) {
      trouble = error;
    }
    if (Date.now() >= end) {
      const last = trouble ? ` (last error: ${trouble.message})` : '';
      throw new Error(`not within ${limitMs} ms: ${what}${last}\n${await explain()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
