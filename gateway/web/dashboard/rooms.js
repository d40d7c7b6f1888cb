// Live rooms, who is in them, and what can be done about it.
import { all, call, part } from './api.js';
import { confirmed, h, say, show } from './dom.js';
import { ago, bitrate, percent } from './words.js';

let selected = null;

const WORLDS = { 'openvidu-v2': ['v2', 'OpenVidu v2'], livekit: ['livekit', 'LiveKit'] };
const QUALITIES = { excellent: 'good', good: 'good', poor: 'warn', lost: 'bad' };

export function badge(protocol) {
  const [style, name] = WORLDS[protocol] ?? ['plain', protocol];
  return h('span', { class: `badge ${style}` }, name);
}

export async function refresh(panel) {
  const rooms = await all('/rooms');
  if (!rooms.some(({ name }) => name === selected)) {
    selected = rooms[0]?.name ?? null;
  }
  const room = selected === null ? null : await call('GET', `/rooms/${part(selected)}`).catch((error) => {
    // It ended between the two questions.
    if (error.status === 404) {
      return null;
    }
    throw error;
  });
  show(panel, rooms.length === 0
    ? h('p', { class: 'card empty' }, 'No rooms at the moment. They appear as soon as somebody joins or an API makes one.')
    : h('div', { class: 'split' }, list(rooms), room ? details(room) : h('p', { class: 'card empty' }, 'The room has ended.')));
}

function list(rooms) {
  const row = (room) => h('tr', { 'aria-current': String(room.name === selected) },
    h('th', { scope: 'row' }, h('button', { type: 'button', class: 'link', 'data-act': 'select', 'data-room': room.name }, room.name)),
    h('td', { class: 'number' }, String(room.participants.openvidu_v2)),
    h('td', { class: 'number' }, String(room.participants.livekit)),
    h('td', { class: 'number' }, String(room.tracks)));
  return h('div', { class: 'card wide' }, h('table', null,
    h('caption', null, `${rooms.length} ${rooms.length === 1 ? 'room' : 'rooms'}`),
    h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Room'), h('th', { scope: 'col', class: 'number' }, 'v2'),
      h('th', { scope: 'col', class: 'number' }, 'LiveKit'), h('th', { scope: 'col', class: 'number' }, 'Tracks'))),
    h('tbody', null, rooms.map(row))));
}

function details(room) {
  return h('div', { class: 'card' },
    h('div', { class: 'row' },
      h('h2', null, room.name),
      h('button', { type: 'button', class: 'danger', 'data-act': 'end', 'data-room': room.name }, 'End room')),
    h('p', { class: 'soft small' },
      `${room.id}, made ${ago(room.created_ms)} ago by ${(WORLDS[room.made_by] ?? [null, room.made_by])[1]}`,
      room.reserved_seats > 0 ? `, ${room.reserved_seats} unused tokens` : ''),
    room.members.length === 0 ? h('p', { class: 'empty' }, 'Nobody is in it.') : members(room));
}

function members(room) {
  const head = ['Participant', 'Publishes', 'Up', 'Down', 'Lost', 'Path', ''];
  return h('div', { class: 'wide' }, h('table', null,
    h('thead', null, h('tr', null, head.map((title, index) => (title
      ? h('th', { scope: 'col', class: index >= 2 && index <= 4 ? 'number' : null }, title)
      : h('th', { scope: 'col' }, h('span', { class: 'unseen' }, 'What can be done')))))),
    h('tbody', null, room.members.map((member) => memberRow(room, member)))));
}

function memberRow(room, member) {
  const { traffic } = member;
  return h('tr', null,
    h('th', { scope: 'row' }, h('div', null, member.name || member.identity), badge(member.protocol),
      h('div', { class: 'soft small' }, member.name ? member.identity : member.id)),
    h('td', null, h('ul', { class: 'tracks' }, member.tracks.map((track) => h('li', null, trackLine(room, member, track))))),
    h('td', { class: 'number' }, bitrate(traffic?.up_bps)),
    h('td', { class: 'number' }, bitrate(traffic?.down_bps)),
    h('td', { class: 'number' }, traffic ? percent(Math.max(traffic.up_lost_percent, traffic.down_lost_percent)) : '–'),
    h('td', null, path(member)),
    h('td', { class: 'number' }, h('button', {
      type: 'button', class: 'danger', 'data-act': 'kick', 'data-room': room.name, 'data-participant': member.id, 'data-name': member.name || member.identity,
      'aria-label': `Remove ${member.name || member.identity}`,
    }, 'Remove')));
}

function path({ traffic, state }) {
  const quality = traffic?.quality;
  const trip = traffic?.round_trip_ms;
  return [
    h('span', { class: `badge ${quality ? QUALITIES[quality] : 'plain'}` }, quality ?? state),
    trip === null || trip === undefined ? null : h('div', { class: 'soft small' }, `${trip} ms`),
  ];
}

function trackLine(room, member, track) {
  const what = `${track.source.replaceAll('_', ' ')}${track.codec ? ` (${track.codec})` : ''}`;
  const size = track.width ? `, ${track.width}×${track.height}` : '';
  return h('div', { class: 'row' },
    h('span', null, what, h('span', { class: 'soft small' }, `${size}${track.bitrate_bps === null ? '' : ` ${bitrate(track.bitrate_bps)}`}`)),
    track.muted
      ? h('span', { class: 'badge plain' }, 'muted')
      : h('button', {
        type: 'button', class: 'small', 'data-act': 'mute', 'data-room': room.name, 'data-participant': member.id, 'data-track': track.id,
        'data-name': member.name || member.identity, 'data-what': track.source.replaceAll('_', ' '),
        'aria-label': `Mute ${track.source.replaceAll('_', ' ')} of ${member.name || member.identity}`,
      }, 'Mute'));
}

const ACTS = {
  select: async ({ room }) => {
    selected = room;
  },
  end: async ({ room }) => {
    if (await confirmed(`End ${room}?`, 'Everybody in it is put out, and the room is gone.', 'End room')) {
      await call('DELETE', `/rooms/${part(room)}`);
      say(`${room} was ended.`);
    }
  },
  kick: async ({ room, participant, name }) => {
    if (await confirmed(`Remove ${name}?`, `The client is put out of ${room}; with a valid token it may come again.`, 'Remove')) {
      await call('DELETE', `/rooms/${part(room)}/participants/${part(participant)}`);
      say(`${name} was removed.`);
    }
  },
  mute: async ({ room, participant, track, name, what }) => {
    if (await confirmed(`Mute the ${what} of ${name}?`, 'The participant is told, and can unmute.', 'Mute')) {
      await call('PATCH', `/rooms/${part(room)}/participants/${part(participant)}/tracks/${part(track)}`, { muted: true });
      say(`The ${what} of ${name} is muted.`);
    }
  },
};

export async function act(name, data) {
  await ACTS[name]?.(data);
}
