// What the steps of the LiveKit scenes came to: kept as the oracle's results when a livekit-server was at test, compared with
// them when it is Viaduct, and written as a table: a row per method and event, a column per version and profile.
import { isDeepStrictEqual } from 'node:util';
import { readFileSync, writeFileSync } from 'node:fs';
import { livekitSurfaceOf } from './livekit-surface.mjs';

const oracleFile = new URL('../oracle/livekit.json', import.meta.url);
const MISSING = /did not come|neither resolved nor rejected/;
const settled = (value) => JSON.parse(JSON.stringify(value ?? null));

/** Everything that livekit-server gave: version, step, row, value. */
export function readOracle() {
  return JSON.parse(readFileSync(oracleFile, 'utf8'));
}

export function writeOracle(results) {
  writeFileSync(oracleFile, `${JSON.stringify(results, null, 1)}\n`);
}

/** Rows of these observations in which something did not come at all. */
export function missingIn(observed) {
  return Object.entries(observed).filter(([, value]) => MISSING.test(JSON.stringify(value))).map(([row]) => row);
}

export class LiveKitLedger {
  constructor({ sdks, profiles, oracle, differences, open, notShown, codes }) {
    Object.assign(this, { sdks, oracle, differences, known: open, notShown, codes });
    this.surfaces = new Map(sdks.map((sdk) => [sdk, livekitSurfaceOf(sdk)]));
    this.columns = sdks.flatMap((sdk) => profiles.map((profile) => ({ sdk, profile })));
    const further = sdks.flatMap((sdk) => Object.values(oracle[sdk.version] ?? {}).flatMap((rows) => Object.keys(rows)));
    this.rows = [...new Set([...[...this.surfaces.values()].flat(), ...further])];
    /** By column and row: `{ step, result }`. */
    this.cells = new Map();
    /** By column and step: what was seen, or how it failed. */
    this.seen = {};
  }

  note({ sdk, profile }, row, entry) {
    const key = `${sdk.id} ${profile} ${row}`;
    this.cells.set(key, [...(this.cells.get(key) ?? []), entry]);
  }

  remember(column, step, seen) {
    this.seen[this.title(column)] = { ...this.seen[this.title(column)], [step.id]: seen };
  }

  expected({ sdk }, step) {
    return this.oracle[sdk.version]?.[step.id] ?? {};
  }

  /** Runs a step and compares what it saw, row by row. Throws where something differs. */
  async prove(column, step, run) {
    const expected = this.expected(column, step);
    let observed;
    try {
      observed = settled(await run());
      this.remember(column, step, { observed });
    } catch (error) {
      this.remember(column, step, { error: error.message });
      const known = Object.keys(expected).map((row) => [row, this.isOpen(column, step, row)]);
      known.forEach(([row, isOpen]) => this.note(column, row, { step: step.id, result: isOpen ? 'open' : 'failed' }));
      if (known.length > 0 && known.every(([, isOpen]) => isOpen)) {
        return;
      }
      throw error;
    }
    const wrong = Object.keys({ ...expected, ...observed }).filter((row) => !this.compare(column, step, row, expected[row], observed[row]));
    if (wrong.length > 0) {
      throw new Error(wrong.map((row) => `${row}\n  livekit-server: ${JSON.stringify(expected[row])}\n  here:           ${JSON.stringify(observed[row])}`).join('\n'));
    }
  }

  compare(column, step, row, expected, observed) {
    const difference = this.differences.find((entry) => entry.row === row && entry.step === step.id && (entry.profile ?? column.profile) === column.profile
      && (entry.release ?? column.sdk.release) === column.sdk.release);
    if (difference && isDeepStrictEqual(settled(difference.value), observed)) {
      this.note(column, row, { step: step.id, result: 'differs' });
      return true;
    }
    if (isDeepStrictEqual(expected, observed)) {
      this.note(column, row, { step: step.id, result: 'pass' });
      return true;
    }
    const known = this.isOpen(column, step, row);
    this.note(column, row, { step: step.id, result: known ? 'open' : 'failed' });
    return known;
  }

  isOpen({ profile, sdk }, step, row) {
    return this.known.some((entry) => entry.step === step.id && (entry.row ?? row) === row && (entry.profile ?? profile) === profile && (entry.release ?? sdk.release) === sdk.release);
  }

  /** A step whose feature the profile refuses: every row that it has with livekit-server is refused. */
  async proveRefused(column, step, run) {
    let result = 'failed';
    try {
      await run();
      result = `refused (${this.codes[step.feature]})`;
    } finally {
      this.remember(column, step, { refused: result });
      Object.keys(this.expected(column, step)).forEach((row) => this.note(column, row, { step: step.id, result }));
    }
  }

  /** `absent`, `not shown`, `not run`, or the worst of what its steps came to. */
  cell(row, column) {
    const entries = this.cells.get(`${column.sdk.id} ${column.profile} ${row}`);
    if (!entries) {
      const isThere = this.surfaces.get(column.sdk).includes(row);
      return isThere ? (this.notShown[row] ? 'not shown' : 'not run') : 'absent';
    }
    const results = entries.map(({ result }) => result);
    return results.find((result) => result === 'failed') ?? results.find((result) => result === 'open') ?? results.find((result) => result.startsWith('refused')) ?? results.find((result) => result === 'differs') ?? 'pass';
  }

  /** Cells that should have been shown and were not; those known to be open are no surprise. */
  unmet() {
    return this.rows.flatMap((row) => this.columns.filter((column) => ['failed', 'not run'].includes(this.cell(row, column)))
      .map((column) => `${row} | ${this.title(column)} | ${this.cell(row, column)}`));
  }

  /** Reasons for rows that no version has, or that a step shows after all. */
  idle() {
    const shown = new Set([...this.cells.keys()].map((key) => key.split(' ').slice(2).join(' ')));
    return Object.keys(this.notShown).filter((row) => !this.rows.includes(row) || shown.has(row));
  }

  title({ sdk, profile }) {
    return `${sdk.version} ${profile}`;
  }

  counts() {
    return this.columns.map((column) => {
      const cells = this.rows.map((row) => this.cell(row, column)).filter((cell) => cell !== 'absent');
      const count = (wanted) => cells.filter((cell) => cell.startsWith(wanted)).length;
      return { column: this.title(column), rows: cells.length, pass: count('pass'), refused: count('refused'), differs: count('differs'), open: count('open'), failed: count('failed') + count('not run'), notShown: count('not shown') };
    });
  }

  write(file) {
    const shown = { absent: '–', 'not shown': 'no' };
    const line = (cells) => `| ${cells.join(' | ')} |`;
    const rows = this.rows.map((row) => line([`\`${row}\``, ...this.columns.map((column) => shown[this.cell(row, column)] ?? this.cell(row, column))]));
    const counts = this.counts().map(({ column, ...numbers }) => line([column, ...Object.values(numbers)]));
    const reasons = Object.entries(this.notShown).map(([row, reason]) => `- \`${row}\`: ${reason}`);
    const open = this.known.map(({ row, step, why, release, profile }) => `- ${row ? `\`${row}\`` : 'all rows of'} (${[step, release, profile].filter(Boolean).join(', ')}): ${why}`);
    const differences = this.differences.map(({ row, step, why, release, profile }) => `- \`${row}\` (${[step, release, profile].filter(Boolean).join(', ')}): ${why}`);
    writeFileSync(file, [
      '# livekit-client, method by method', '', '<!-- Written by `npm run livekit-table` in tests/browser; not by hand. -->', '',
      'Each public method and event of livekit-client, newest and 1.15, in Chromium, in both profiles. What the SDK\'s app can observe',
      `is compared with what the same steps gave with livekit-server ${this.oracle.server}: \`pass\` is the same, \`refused\` an explicit`,
      'error with this code, `differs` something done on purpose otherwise, `open` not yet the same, `–` not in that version, `no` not shown: the reasons stand',
      'below. An event has its class before an `@`.', '',
      line(['', 'rows', 'pass', 'refused', 'differs', 'open', 'failed', 'not shown']), line(Array(8).fill('---')), ...counts, '',
      line(['', ...this.columns.map((column) => this.title(column))]), line(Array(this.columns.length + 1).fill('---')), ...rows, '',
      '## Differs on purpose', '', ...(differences.length ? differences : ['Nothing.']), '', '## Open', '', ...(open.length ? open : ['Nothing.']), '', '## Not shown', '', ...reasons, '',
    ].join('\n'));
  }
}
