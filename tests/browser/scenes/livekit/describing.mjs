// What a participant says of itself, what the backend says of it and of the room, and what it may do.
import { twirp } from '../../lib/apis.mjs';

const admin = ({ server, room }, method, body) => twirp(server.http, 'RoomService', method, { room, ...body }, { room });

export async function describesItself({ alice, bob }) {
  await Promise.all([alice, bob].map((page) => page.run((lab) => Object.values(lab.actors).forEach((actor) => actor.forget()))));
  const own = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    const { local } = alice;
    const rows = {};
    const metadata = await lab.outcome(local.setMetadata('changed by alice'));
    rows['LocalParticipant.setMetadata()'] = { outcome: metadata, value: await lab.settles(() => local.metadata, 'changed by alice') };
    rows['Room@participantMetadataChanged'] = [await alice.event('room', 'participantMetadataChanged')];
    rows['Participant@participantMetadataChanged'] = [await alice.event('participant', 'participantMetadataChanged')];
    const name = await lab.outcome(local.setName('Alice the second'));
    rows['LocalParticipant.setName()'] = { outcome: name, value: await lab.settles(() => local.name, 'Alice the second') };
    rows['Room@participantNameChanged'] = [await alice.event('room', 'participantNameChanged')];
    rows['Participant@participantNameChanged'] = [await alice.event('participant', 'participantNameChanged')];
    if (lab.later) {
      const outcome = await lab.outcome(local.setAttributes({ mood: 'good', side: '' }));
      const value = await lab.settles(() => [local.attributes.mood, local.attributes.side], ['good', null]);
      rows['LocalParticipant.setAttributes()'] = { outcome, value };
      rows['Room@participantAttributesChanged'] = [await alice.event('room', 'participantAttributesChanged')];
      rows['Participant@attributesChanged'] = [await alice.event('participant', 'attributesChanged')];
    }
    return rows;
  });
  const there = await bob.run(async (lab, later) => {
    const { bob } = lab.actors;
    return {
      metadata: await bob.event('room', 'participantMetadataChanged'),
      name: await bob.event('room', 'participantNameChanged'),
      attributes: later ? await bob.event('room', 'participantAttributesChanged') : null,
    };
  }, alice.sdk.release !== '1.15');
  own['LocalParticipant.setMetadata()'].there = there.metadata;
  own['LocalParticipant.setName()'].there = there.name;
  if (there.attributes) {
    own['LocalParticipant.setAttributes()'].there = there.attributes;
  }
  return own;
}

/** Bob changes, then the backend changes bob: what alice is told. */
export async function anotherIsDescribed(scene) {
  const { alice, bob } = scene;
  await alice.run((lab) => lab.actors.alice.forget());
  await bob.run(async (lab) => {
    const { local } = lab.actors.bob;
    await local.setMetadata('changed by bob');
    await local.setName('Bob the second');
    await local.setAttributes({ mood: 'better' });
  });
  const byBob = await told(alice);
  const answer = await admin(scene, 'UpdateParticipant', { identity: 'bob', name: 'Bob the third', metadata: 'changed by the backend', attributes: { mood: 'best' } });
  const byBackend = await told(alice);
  return { ...Object.fromEntries(Object.keys(byBob).map((row) => [row, [byBob[row], byBackend[row]]])), 'RoomService.UpdateParticipant': answer.status };
}

function told(alice) {
  return alice.run(async (lab) => {
    const { alice } = lab.actors;
    const both = async (name, own = name) => [await alice.event('room', name), await alice.event('participant', own)];
    const [metadata, ofMetadata] = await both('participantMetadataChanged');
    const [name, ofName] = await both('participantNameChanged');
    const [attributes, ofAttributes] = lab.later ? await both('participantAttributesChanged', 'attributesChanged') : [];
    return {
      'Room@participantMetadataChanged': metadata,
      'Participant@participantMetadataChanged': ofMetadata,
      'Room@participantNameChanged': name,
      'Participant@participantNameChanged': ofName,
      ...(lab.later && { 'Room@participantAttributesChanged': attributes, 'Participant@attributesChanged': ofAttributes }),
    };
  });
}

/** Who may not change what is said of it. */
export async function mayNotDescribeItself({ alice, room }) {
  await alice.join('gina', room, { grants: { canUpdateOwnMetadata: false }, metadata: 'as given' });
  const rows = await alice.run(async (lab) => {
    const { gina } = lab.actors;
    const rows = {};
    for (const [method, value] of [['setMetadata', 'wanted'], ['setName', 'wanted'], ['setAttributes', { mood: 'wanted' }]]) {
      if (gina.local[method]) {
        rows[`LocalParticipant.${method}()`] = await lab.outcome(gina.local[method](value), 7000);
      }
    }
    return { ...rows, 'Room@participantMetadataChanged': { none: !gina.has('room', 'participantMetadataChanged', (_, who) => who === 'gina'), metadata: gina.local.metadata } };
  });
  await alice.leave('gina');
  return rows;
}

export async function theRoomIsDescribed(scene) {
  await scene.alice.run((lab) => lab.actors.alice.forget());
  const answer = await admin(scene, 'UpdateRoomMetadata', { metadata: 'of the room' });
  return scene.alice.run(async (lab, status) => {
    const { alice } = lab.actors;
    return { 'Room@roomMetadataChanged': { event: await alice.event('room', 'roomMetadataChanged'), metadata: alice.room.metadata, status, numParticipants: await lab.settles(() => alice.room.numParticipants, 2) } };
  }, answer.status);
}

/** The backend takes the right to publish, and gives it back. */
export async function permissionsChange(scene) {
  const { alice, bob, room } = scene;
  await alice.join('hank', room);
  await alice.run(async (lab) => {
    const { hank } = lab.actors;
    await hank.publishDrawn();
    hank.forget();
  });
  await alice.run((lab) => lab.actors.alice.forget());
  const may = (canPublish) => admin(scene, 'UpdateParticipant', { identity: 'hank', permission: { can_subscribe: true, can_publish: canPublish, can_publish_data: true, can_update_metadata: true } });
  const statuses = [(await may(false)).status];
  const taken = await alice.run(async (lab) => {
    const { hank, alice } = lab.actors;
    const { permissions } = hank.local;
    const event = await hank.event('room', 'participantPermissionsChanged');
    return {
      event: event === lab.MISSING ? event : [{ canPublish: event[0]?.canPublish ?? null, canSubscribe: event[0]?.canSubscribe ?? null }, event[1]],
      participant: (await hank.event('participant', 'participantPermissionsChanged'))?.of ?? lab.MISSING,
      now: await lab.settles(() => hank.local.permissions.canPublish, false),
      stillThere: permissions !== undefined,
      unpublished: await hank.event('room', 'localTrackUnpublished'),
      publishing: await lab.outcome(hank.publishDrawn(), 12000),
      there: await alice.event('room', 'participantPermissionsChanged', (_, who) => who === 'hank').then((event) => (event === lab.MISSING ? event : event[1])),
    };
  });
  statuses.push((await may(true)).status);
  const given = await alice.run(async (lab) => {
    const { hank } = lab.actors;
    const now = await lab.settles(() => hank.local.permissions.canPublish, true);
    return { now, publishing: await lab.outcome(hank.publishDrawn({ name: 'again' })) };
  });
  given.media = await bob.run(async (lab) => {
    await lab.until('the camera of hank', () => lab.actors.bob.publication('hank', 'camera')?.isSubscribed);
    return lab.actors.bob.flows('hank', 'camera');
  });
  await alice.leave('hank');
  return {
    'Room@participantPermissionsChanged': [taken.event, taken.there, taken.now, given.now, statuses],
    'Participant@participantPermissionsChanged': taken.participant,
    'Room@localTrackUnpublished': taken.unpublished,
    'LocalParticipant.publishTrack()': [taken.publishing, given.publishing, given.media],
  };
}

/** A token that lets publish some sources only. */
export async function mayPublishSomeSources({ alice, room }) {
  await alice.join('ivan', room, { grants: { canPublishSources: ['microphone'] } });
  const rows = await alice.run(async (lab) => {
    const { ivan } = lab.actors;
    return { 'LocalParticipant.publishTrack()': { camera: await lab.outcome(ivan.publishDrawn(), 12000), microphone: await lab.outcome(ivan.publishTone()) } };
  });
  await alice.leave('ivan');
  return rows;
}
