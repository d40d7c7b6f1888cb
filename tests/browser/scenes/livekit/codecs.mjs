// A picture in two codecs: who takes the first gets it, who does not gets the second, which its publisher sends once somebody
// needs it. Carol sits in bob's page, with a browser that does not take VP9.

const PICTURE = { width: 640, height: 360, videoCodec: 'vp9', backupCodec: { codec: 'vp8', encoding: { maxBitrate: 300000, maxFramerate: 15 } } };
/** What nobody takes any more is sent on for some seconds. */
const CHANGE_LIMIT_MS = 25000;

export async function carolJoins({ bob, room }) {
  const token = bob.token(room, { identity: 'carol' });
  await bob.run((lab, { url, token }) => lab.withoutCodec('video/VP9', () => lab.actor('carol').connect(url, token)), { url: bob.url(), token });
}

export function publishes(alice, options) {
  return alice.run((lab, options) => lab.outcome(lab.actors.alice.publishDrawn(options)), options);
}

/** In which codec each of these gets more and more pictures. */
export function sees(bob, wanted) {
  return bob.run((lab, { wanted, limitMs }) => lab.settles(async () => {
    const codecs = {};
    for (const name of Object.keys(wanted)) {
      const before = await lab.actors[name].figures('alice', 'camera');
      await lab.pause(300);
      const now = await lab.actors[name].figures('alice', 'camera');
      codecs[name] = now.framesDecoded > before.framesDecoded ? now.videoCodec : null;
    }
    return codecs;
  }, wanted, limitMs), { wanted, limitMs: CHANGE_LIMIT_MS });
}

/** In which codecs alice's picture goes out. */
function sends(alice, wanted) {
  return alice.run((lab, { wanted, limitMs }) => lab.settles(async () => {
    const { track } = lab.actors.alice.publication('alice', 'camera');
    const senders = [track.sender, ...[...track.simulcastCodecs.values()].map(({ sender }) => sender)].filter(Boolean);
    const counts = async () => {
      const sent = {};
      for (const sender of new Set(senders)) {
        const report = await sender.getStats();
        report.forEach((entry) => {
          if (entry.type === 'outbound-rtp' && entry.codecId) {
            const { mimeType } = report.get(entry.codecId);
            sent[mimeType] = (sent[mimeType] ?? 0) + (entry.framesSent ?? 0);
          }
        });
      }
      return sent;
    };
    const before = await counts();
    await lab.pause(500);
    const now = await counts();
    return Object.keys(now).filter((mimeType) => now[mimeType] > (before[mimeType] ?? 0)).sort();
  }, wanted, limitMs), { wanted, limitMs: CHANGE_LIMIT_MS });
}

export const takesBack = (alice) => alice.run((lab) => lab.actors.alice.local.unpublishTrack(lab.actors.alice.publication('alice', 'camera').track));

/** Each keeps what it takes, and what nobody takes any more is not sent. */
export async function bothCodecsAreSent({ alice, bob, room }) {
  const first = await publishes(alice, { ...PICTURE, backupCodecPolicy: 1 });
  const alone = { seen: await sees(bob, { bob: 'video/VP9' }), sent: await sends(alice, ['video/VP9']) };
  await carolJoins({ bob, room });
  const both = { seen: await sees(bob, { bob: 'video/VP9', carol: 'video/VP8' }), sent: await sends(alice, ['video/VP8', 'video/VP9']) };
  await bob.leave('carol');
  const again = { seen: await sees(bob, { bob: 'video/VP9' }), sent: await sends(alice, ['video/VP9']) };
  await takesBack(alice);
  return { 'backupCodec: in both codecs': { first, alone, both, again } };
}

/** In a small room everybody goes over to the second codec when it comes, unless the app wants both. */
export async function allGoOver({ alice, bob, room }) {
  const first = await publishes(alice, PICTURE);
  const alone = { seen: await sees(bob, { bob: 'video/VP9' }), sent: await sends(alice, ['video/VP9']) };
  await carolJoins({ bob, room });
  const both = { seen: await sees(bob, { bob: 'video/VP8', carol: 'video/VP8' }), sent: await sends(alice, ['video/VP8']) };
  await bob.leave('carol');
  const again = { seen: await sees(bob, { bob: 'video/VP8' }), sent: await sends(alice, ['video/VP8']) };
  await takesBack(alice);
  return { 'backupCodec: by the room': { first, alone, both, again } };
}
