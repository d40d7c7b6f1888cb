// Reporter for node:test: a line per scene, the reason of each failure, and one closing line.

function isSuite(data) {
  return data.details?.type === 'suite';
}

export default async function* report(source) {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  const failures = [];
  const path = [];
  for await (const { type, data } of source) {
    if (type === 'test:start') {
      path.length = data.nesting;
      path.push(data.name);
    } else if (type === 'test:pass' && !isSuite(data)) {
      if (data.skip !== undefined) {
        skipped += 1;
        yield `${'  '.repeat(data.nesting)}skipped ${data.name}\n`;
        continue;
      }
      passed += 1;
      yield `${'  '.repeat(data.nesting)}ok ${data.name} (${Math.round(data.details.duration_ms)} ms)\n`;
    } else if (type === 'test:fail' && !isSuite(data)) {
      const { error } = data.details;
      if (error?.failureType !== 'subtestsFailed') {
        failed += 1;
        const reason = error?.cause?.message ?? error?.message ?? String(error);
        failures.push(`${[...path.slice(0, data.nesting), data.name].join(' > ')}\n${reason}`);
      }
      yield `${'  '.repeat(data.nesting)}FAILED ${data.name} (${Math.round(data.details.duration_ms)} ms)\n`;
    } else if (type === 'test:diagnostic' && data.nesting > 0) {
      yield `${'  '.repeat(data.nesting)}  ${data.message}\n`;
    }
  }
  for (const failure of failures) {
    yield `\n--- FAILED ${failure}\n`;
  }
  yield `\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}\n`;
}
