// The SDK versions that must meet each other. What a version needs from the test (a TLS port, the deprecated REST
// paths) is said here and nowhere else.
import { existsSync, readFileSync } from 'node:fs';

const root = new URL('..', import.meta.url);

function sdk(world, release, traits = {}) {
  const npmName = `${world === 'v2' ? 'openvidu-browser' : 'livekit-client'}-${release}`;
  const manifest = new URL(`node_modules/${npmName}/package.json`, root);
  return {
    id: npmName,
    world,
    release,
    npmName,
    /** Speaks only `wss`, whatever the token's URL says (openvidu-browser up to 2.22). */
    secureOnly: false,
    /** Its backends call `/api/sessions` and `/api/tokens` (2.15 and before). */
    legacyApi: false,
    ...traits,
    /** Name of its second page (of `LABS` only), where scenes work on the SDK itself. */
    labId: `${npmName}-lab`,
    /** npm keeps its `@livekit/protocol` in its own folder, as another version needs another. */
    get ownProtocol() {
      return existsSync(new URL(`node_modules/${npmName}/node_modules/@livekit/protocol`, root));
    },
    get version() {
      return JSON.parse(readFileSync(manifest, 'utf8')).version;
    },
  };
}

export const V2 = [
  sdk('v2', '2.15', { secureOnly: true, legacyApi: true }),
  sdk('v2', '2.20', { secureOnly: true }),
  sdk('v2', '2.25'),
  sdk('v2', '2.29'),
  sdk('v2', 'newest'),
];

export const LIVEKIT = [
  sdk('livekit', '1.15'),
  sdk('livekit', '2.0'),
  sdk('livekit', '2.5'),
  sdk('livekit', 'newest'),
];

export const SDKS = [...V2, ...LIVEKIT];
/** SDKs with a second page. */
export const LABS = [...V2, LIVEKIT[0], LIVEKIT.at(-1)];
export const newest = { v2: V2.at(-1), livekit: LIVEKIT.at(-1) };
export const oldest = { v2: V2[0], livekit: LIVEKIT[0] };

/** Every version with the newest of its own world and of the other, each pair once. */
export function firstScenePairs() {
  const pairs = new Map();
  for (const sdk of SDKS) {
    for (const other of [newest.v2, newest.livekit]) {
      const [a, b] = sdk.world === 'livekit' && other.world === 'v2' ? [other, sdk] : [sdk, other];
      pairs.set(`${a.id} ${b.id}`, [a, b]);
    }
  }
  return [...pairs.values()];
}

/** Pairs that go through the whole list of behaviours: newest with newest, oldest with newest. */
export function behaviourPairs() {
  return [
    [newest.v2, newest.livekit],
    [newest.v2, newest.v2],
    [newest.livekit, newest.livekit],
    [oldest.v2, newest.livekit],
    [newest.v2, oldest.livekit],
    [oldest.v2, newest.v2],
    [oldest.livekit, newest.livekit],
  ];
}
