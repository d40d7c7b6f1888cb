// Has axe-core look at a page, which must let scripts of others in (`bypassCSP`).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Nothing serious is wrong with what `page` shows; `but`: rules that are left out. */
export async function nothingSerious(page, name, but = []) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate((rules) => globalThis.axe.run({ rules }), Object.fromEntries(but.map((rule) => [rule, { enabled: false }])));
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const told = grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) => `${html} ${any.map((one) => one.message).join('; ')}`).join('\n  ')}`);
  assert.deepEqual(told, [], name);
}
