// docs/livekit-cli.md of what was typed and printed: what differs from run to run is made the same.

const INTRODUCTION = `# LiveKit's command line

What \`lk\` prints against Viaduct. Written by \`VIADUCT_BLESS=1 LK=… tests/sdk/run lk\`, which also checks each command; the program is
the published source of its version, built without changes. Point it at a server by \`--url\`, \`--api-key\` and \`--api-secret\`, or by
\`LIVEKIT_URL\`, \`LIVEKIT_API_KEY\` and \`LIVEKIT_API_SECRET\`; against \`viaduct --dev\`: \`lk --dev …\`.

Not shown: \`--publish-demo\` and \`perf load-test\`. The demo's pictures and sound are files that the published source names but does
not hold; a released \`lk\` has them. Files of one's own are published here in their place.
`;
const LINES_MAX = 30;

/** Names, times and addresses that are new each time. */
function steady(text) {
  return text
    .replace(/\u001b\[[0-9;]*m/g, '')
    .replace(/\b(RM|PA|TR|ST|EG|DR)_(A|V|)\w+/g, '$1_$2…')
    .replace(/eyJ[\w.-]+/g, 'eyJ…')
    .replace(/(localhost|127\.0\.0\.1):\d+/g, '$1:7880')
    .replace(/\d{4}-\d\d-\d\d[T ][\d:.]+(Z| ?[+-]\d{4} \w+)?/g, '<time>')
    .replace(/("(?:joined_?at|creation_?time)(?:_?ms)?":\s*|"(?:nbf|exp|version)":\s*)"?\d+"?/gi, '$1…')
    .replace(/[ \t]+$/gm, '');
}

function printed(text) {
  const lines = steady(text).trim().split('\n');
  const shown = lines.slice(0, LINES_MAX);
  return [...shown, ...(lines.length > shown.length ? [`… (${lines.length - shown.length} more lines)`] : [])].join('\n');
}

export function page({ version, sections }) {
  const parts = sections.map(({ title, rows }) => (
    `## ${title}\n\n${rows.map(({ line, text }) => `\`\`\`\n$ lk ${steady(line)}\n${printed(text)}\n\`\`\`\n`).join('\n')}`
  ));
  return `${INTRODUCTION}\nVersion: ${version}\n\n${parts.join('\n')}`;
}
