// End-to-end encryption: the server passes on what it cannot read. The SDK does it, in a worker of its package.

/** Joins with a key of its own making; encryption is switched on once it is there. */
const enters = (page, name, url, token) => page.run(async (lab, { name, url, token }) => {
  const keyProvider = new lab.sdk.ExternalE2EEKeyProvider();
  await keyProvider.setKey('a key that the server does not know');
  const actor = lab.actor(name, { e2ee: { keyProvider, worker: lab.encryptionWorker() } });
  await actor.connect(url, token);
  return lab.outcome(actor.room.setE2EEEnabled(true));
}, { name, url, token });

export async function mediaIsEncrypted({ alice, bob, room }) {
  const own = `${room}-encrypted`;
  const token = (page, identity) => page.token(own, { identity });
  const outcome = await enters(alice, 'eve', alice.url(), token(alice, 'eve'));
  await enters(bob, 'frank', bob.url(), token(bob, 'frank'));
  await bob.run((lab) => lab.actors.frank.publishDrawn());
  const rows = await alice.run(async (lab, outcome) => {
    const { eve } = lab.actors;
    const status = await eve.event('room', 'participantEncryptionStatusChanged', (enabled, who) => who === 'eve' || who === null);
    await lab.until('the camera of frank', () => eve.publication('frank', 'camera')?.isSubscribed);
    const { isEncrypted } = eve.publication('frank', 'camera');
    return { 'Room.setE2EEEnabled()': { outcome, isEncrypted, media: await eve.flows('frank', 'camera') }, 'Room@participantEncryptionStatusChanged': status };
  }, outcome);
  await alice.join('open', own);
  rows['Room@encryptionError'] = await alice.run(async (lab) => {
    const { open } = lab.actors;
    const [error] = await open.event('room', 'encryptionError');
    return error;
  });
  await Promise.all([alice.leave('eve'), alice.leave('open'), bob.leave('frank')]);
  return rows;
}
