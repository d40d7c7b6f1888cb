// How participants of native SDKs come back and go: resumed, rejoined, replaced, removed, and with their room.
import assert from 'node:assert/strict';
import { BLUE, GREEN, REASON } from './stage.mjs';
import { publishes } from './meeting.mjs';

/** The signal connection breaks and is resumed: nobody sees it, media goes on. */
export async function isResumed(stage) {
  const { alice, bob } = stage;
  stage.ofAlice = await publishes(stage, alice, bob, 440, BLUE);
  const before = (await bob.call('view')).remotes.alice.sid;
  for (const actor of [alice, bob]) {
    await actor.call('simulate', { scenario: 'SIMULATE_SIGNAL_RECONNECT' });
    await actor.take('reconnecting');
    await actor.take('reconnected');
  }
  await alice.call('retone', { hz: 660 });
  await bob.hears(alice, 660);
  assert.equal((await bob.call('view')).remotes.alice.sid, before);
  for (const actor of [alice, bob]) {
    assert.ok(!actor.has('participant_disconnected'), `${actor.sdk}: ${JSON.stringify(actor.events)}`);
  }
}

/** The whole connection is made anew, the tracks are published again. */
export async function isReconnected(stage) {
  const { alice, bob } = stage;
  await alice.call('simulate', { scenario: 'SIMULATE_FULL_RECONNECT' });
  await alice.take('reconnecting');
  await alice.take('reconnected');
  await bob.take('participant_disconnected', { participant: 'alice' });
  await bob.take('participant_connected', { participant: 'alice' });
  await bob.hears(alice, 660);
  await alice.call('recolour', { colour: BLUE });
  await bob.sees(alice, BLUE);
  await alice.sees(bob, GREEN);
}

export async function goesByItself({ alice, bob }) {
  await alice.call('disconnect');
  await alice.take('disconnected', { values: [REASON.CLIENT_INITIATED] });
  await bob.take('participant_disconnected', { participant: 'alice' });
  await bob.until('alice gone', ({ remotes }) => remotes.alice === undefined);
}

export async function isReplaced(stage) {
  const { alice, bob, third } = stage;
  await stage.join(alice, 'alice');
  await stage.join(third, 'alice');
  await alice.take('disconnected', { values: [REASON.DUPLICATE_IDENTITY] });
  await third.until('bob', ({ remotes }) => remotes.bob);
  await bob.until('alice once', ({ remotes }) => remotes.alice);
  await third.call('disconnect');
}

export async function isRemoved(stage) {
  const { alice, bob, backend, room } = stage;
  await stage.join(alice, 'alice');
  await bob.take('participant_connected', { participant: 'alice' });
  await backend.removeParticipant(room, 'alice');
  await alice.take('disconnected', { values: [REASON.PARTICIPANT_REMOVED] });
  await bob.take('participant_disconnected', { participant: 'alice' });
}

/** Every kind that a token can name is what others see. */
export async function kindsAreSeen(stage) {
  const kinds = { agent: 4, sip: 3, ingress: 1, egress: 2, standard: 0 };
  for (const [kind, number] of Object.entries(kinds)) {
    const view = await stage.join(stage.alice, `a-${kind}`, { kind });
    assert.equal(view.me.kind, number, kind);
    await stage.bob.until(`a ${kind}`, ({ remotes }) => remotes[`a-${kind}`]?.kind === number);
  }
  // Hidden: it sees the others, who do not see it.
  const view = await stage.join(stage.alice, 'ghost', { grants: { hidden: true } });
  assert.ok(view.remotes.bob);
  assert.equal((await stage.bob.call('view')).remotes.ghost, undefined);
}

export async function roomIsDeleted(stage) {
  await stage.join(stage.alice, 'alice');
  await stage.backend.deleteRoom(stage.room);
  await Promise.all([stage.alice, stage.bob].map((actor) => actor.take('disconnected', { values: [REASON.ROOM_DELETED] })));
  for (const actor of [stage.alice, stage.bob]) {
    await assert.rejects(stage.join(actor, 'x', { grants: { roomJoin: false } }), /permission|401|unauthorized/i);
  }
}

/** With one key the other's sound is heard, with another one it is not: the server has neither. */
export async function encryptionPasses(stage) {
  const { alice, bob, third } = stage;
  const key = 'a key that both know';
  await stage.join(alice, 'alice', {}, { key });
  await stage.join(bob, 'bob', {}, { key });
  await alice.call('tone', { name: 'mic', hz: 440 });
  await bob.hears(alice, 440);
  const [track] = Object.values((await bob.call('view')).remotes.alice.tracks);
  assert.equal(track.encryption, 1);
  await stage.join(third, 'carol', {}, { key: 'quite another key' });
  await third.until('silence of alice', ({ remotes }) => Object.values(remotes.alice?.tracks ?? {}).some(({ heard }) => heard?.windows > 3 && heard.level < 0.01));
  const told = await bob.call('encryption');
  assert.equal(told.enabled, true);
  if (bob.sdk === 'python') {
    assert.deepEqual([told.keys, told.ratchets, told.window], [[key, 'another one', 'my own'], true, 16]);
  }
  assert.ok(told.cryptors.every(({ enabled }) => enabled), JSON.stringify(told));
  await bob.hears(alice, 440);
}
