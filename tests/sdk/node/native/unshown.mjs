// What of the native SDKs' public surface the stories do not use, and why. Every other public method and property is used: the
// actors note each use, and a name that is in neither list is a failure.

const UNREACHABLE = 'private in E2EEManager: an app cannot get at it';

const LOG = 'only where the SDK writes its log to';
const ANOTHER_WAY = 'another way to read what ReadAll reads';
const DYNACAST = 'the SDK calls it by itself for dynacast, which the profile mediasoup does not have; with the profile full it is shown by livekit-client';

export const UNSHOWN = {
  node: {
    'KeyProvider.setSharedKey': UNREACHABLE,
    'KeyProvider.exportSharedKey': UNREACHABLE,
    'KeyProvider.ratchetSharedKey': UNREACHABLE,
    'KeyProvider.setKey': UNREACHABLE,
    'KeyProvider.exportKey': UNREACHABLE,
    'KeyProvider.ratchetKey': UNREACHABLE,
    'FrameCryptor.setEnabled': 'throws in rtc-node 1.1.0 itself: it leaves a required field out',
    'FrameCryptor.setKeyIndex': 'throws in rtc-node 1.1.0 itself: it leaves a required field out',
  },
  python: {
    'Participant.track_publications': 'abstract: that of LocalParticipant and RemoteParticipant is used',
    'TrackPublication.track': 'overridden in LocalTrackPublication and RemoteTrackPublication, whose is used',
  },
  go: {
    'LocalParticipant.SetLogger': LOG,
    'RemoteParticipant.SetLogger': LOG,
    'baseParticipant.SetLogger': LOG,
    'LocalTrack.SetLogger': LOG,
    'LocalTrackPublication.SetLogger': LOG,
    'Room.SetLogger': LOG,
    'LocalTrack.OnBind': 'tells what `inspect_own` looks at: that the track is bound',
    'LocalTrack.OnUnbind': 'tells what `inspect_own` looks at: that the track is bound',
    'LocalTrack.SetIncomingAbsCaptureTimeExtensionID': 'for a header extension that nothing here sends',
    'LocalTrackPublication.SimulateDisconnection': 'stops the writing within the SDK: a server sees no difference to a track that is silent',
    'Room.PrepareConnection': 'asks for the regions of LiveKit Cloud',
    'Room.OnSubscribedQualityUpdate': DYNACAST,
    'Room.OnSubscribedAudioCodecUpdate': DYNACAST,
    'RpcError.Error': 'the code and message are looked at, not the words made of both',
    'baseStreamReader.OnProgress': ANOTHER_WAY,
    'baseStreamReader.Read': ANOTHER_WAY,
    'baseStreamReader.ReadByte': ANOTHER_WAY,
    'baseStreamReader.ReadBytes': ANOTHER_WAY,
    'TextStreamReader.ReadRune': ANOTHER_WAY,
    'TextStreamReader.ReadString': ANOTHER_WAY,
  },
};
