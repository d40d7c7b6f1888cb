// The OpenVidu v2 half: openvidu-browser as any app uses it.
import { OpenVidu } from 'openvidu-browser';

function nameIn(connection) {
  try {
    return JSON.parse(connection.data.split('%/%')[0]).clientData;
  } catch {
    return connection.data || connection.connectionId;
  }
}

/** Until the stream is negotiated there is no peer, and the SDK's own getter throws. */
const reportsOf = (stream) => async () => {
  const peer = stream.getWebRtcPeer() && stream.getRTCPeerConnection();
  return peer ? [await peer.getStats()] : [];
};

function show(panel, session, stream) {
  const id = stream.connection.connectionId;
  const tile = panel.otherTile(id, nameIn(stream.connection), reportsOf(stream));
  session.subscribe(stream, tile.querySelector('.screen'));
}

function listen(panel, session) {
  session.on('connectionCreated', ({ connection }) => panel.event(`connectionCreated ${nameIn(connection)}`));
  session.on('connectionDestroyed', ({ connection, reason }) => panel.event(`connectionDestroyed ${nameIn(connection)} (${reason})`));
  session.on('streamCreated', ({ stream }) => {
    panel.event(`streamCreated ${nameIn(stream.connection)}`);
    show(panel, session, stream);
  });
  session.on('streamDestroyed', ({ stream, reason }) => {
    panel.event(`streamDestroyed ${nameIn(stream.connection)} (${reason})`);
    panel.dropTile(stream.connection.connectionId);
  });
  session.on('streamPropertyChanged', ({ stream, changedProperty, newValue }) => {
    panel.event(`${nameIn(stream.connection)}: ${changedProperty} is ${JSON.stringify(newValue)}`);
  });
  session.on('reconnecting', () => panel.state('reconnecting …', 'bad'));
  session.on('reconnected', () => panel.state('joined', 'good'));
  session.on('exception', ({ name, message }) => panel.trouble(`${name}: ${message}`));
  session.on('sessionDisconnected', ({ reason }) => {
    panel.event(`sessionDisconnected (${reason})`);
    panel.state(`left (${reason})`, reason === 'disconnect' ? '' : 'bad');
    panel.stop();
  });
}

/** Joins and publishes; returns a function that leaves. Failures are shown on the panel and thrown. */
export async function joinV2(panel, { v2Token }, name, source) {
  const openvidu = new OpenVidu();
  openvidu.enableProdMode();
  const session = openvidu.initSession();
  listen(panel, session);
  await step(panel, 'joining', () => session.connect(v2Token, { clientData: name }));
  panel.state('joined', 'good');
  await step(panel, 'publishing', async () => {
    const publisher = await openvidu.initPublisherAsync(panel.find('.own .screen'), {
      audioSource: source.audio, videoSource: source.video, publishAudio: true, publishVideo: true, mirror: false,
    });
    await session.publish(publisher);
    panel.ownTile(reportsOf(publisher.stream));
  });
  return () => session.disconnect();
}

async function step(panel, name, work) {
  try {
    await work();
  } catch (error) {
    panel.fail(name, error);
    throw error;
  }
}
