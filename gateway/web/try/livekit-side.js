// The LiveKit half: livekit-client as any app uses it.
import { DisconnectReason, Room, RoomEvent, Track } from 'livekit-client';

const nameOf = (participant) => participant.name || participant.identity;

function tracksOf(participant) {
  return [...participant.trackPublications.values()].map(({ track }) => track).filter(Boolean);
}

const reportsOf = (participant) => () => Promise.all(tracksOf(participant).map((track) => (track.receiver ?? track.sender)?.getStats()));

function listen(panel, room) {
  room.on(RoomEvent.ParticipantConnected, (participant) => panel.event(`participantConnected ${nameOf(participant)}`));
  room.on(RoomEvent.ParticipantDisconnected, (participant) => {
    panel.event(`participantDisconnected ${nameOf(participant)}`);
    panel.dropTile(participant.sid);
  });
  room.on(RoomEvent.TrackSubscribed, (track, _publication, participant) => {
    panel.event(`trackSubscribed ${nameOf(participant)} ${track.kind}`);
    const tile = panel.otherTile(participant.sid, nameOf(participant), reportsOf(participant));
    tile.querySelector('.screen').append(track.attach());
  });
  room.on(RoomEvent.TrackUnsubscribed, (track, _publication, participant) => {
    panel.event(`trackUnsubscribed ${nameOf(participant)} ${track.kind}`);
    track.detach().forEach((element) => element.remove());
    if (tracksOf(participant).length === 0) {
      panel.dropTile(participant.sid);
    }
  });
  room.on(RoomEvent.TrackMuted, ({ kind }, participant) => panel.event(`${nameOf(participant)}: ${kind} muted`));
  room.on(RoomEvent.TrackUnmuted, ({ kind }, participant) => panel.event(`${nameOf(participant)}: ${kind} unmuted`));
  room.on(RoomEvent.TrackSubscriptionFailed, (sid, participant) => panel.trouble(`subscription to ${sid} of ${nameOf(participant)} failed`));
  room.on(RoomEvent.Reconnecting, () => panel.state('reconnecting …', 'bad'));
  room.on(RoomEvent.SignalReconnecting, () => panel.state('reconnecting …', 'bad'));
  room.on(RoomEvent.Reconnected, () => panel.state('joined', 'good'));
  room.on(RoomEvent.Disconnected, (reason) => {
    const text = DisconnectReason[reason] ?? 'unknown reason';
    panel.event(`disconnected (${text})`);
    panel.state(`left (${text})`, reason === DisconnectReason.CLIENT_INITIATED ? '' : 'bad');
    panel.stop();
  });
}

async function publish(panel, room, source) {
  await room.localParticipant.publishTrack(source.audio, { source: Track.Source.Microphone });
  const { track } = await room.localParticipant.publishTrack(source.video, { source: Track.Source.Camera });
  panel.find('.own .screen').append(track.attach());
  panel.ownTile(reportsOf(room.localParticipant));
}

/** Joins and publishes; returns a function that leaves. Failures are shown on the panel and thrown. */
export async function joinLiveKit(panel, { livekitUrl, livekitToken }, _name, source) {
  const room = new Room();
  listen(panel, room);
  await step(panel, 'joining', () => room.connect(livekitUrl, livekitToken));
  panel.state('joined', 'good');
  await step(panel, 'publishing', () => publish(panel, room, source));
  return () => room.disconnect();
}

async function step(panel, name, work) {
  try {
    await work();
  } catch (error) {
    panel.fail(name, error);
    throw error;
  }
}
