// What of the native SDKs' public surface the stories do not use, and why. Every other public method and property is used: the
// actors note each use, and a name that is in neither list is a failure.

const UNREACHABLE = 'private in E2EEManager: an app cannot get at it';

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
  },
};
