//! Which header extensions a section of ours names, and under which ids.
use crate::extension::{Extension, ExtensionMap};
use crate::sdp::MediaKind;

/// Our own ids, for offers: those that browsers use themselves. Below 15, so that the one-byte form holds them.
const IDS: [(Extension, u8); 9] = [
    (Extension::AudioLevel, 1),
    (Extension::TransportSequence, 3),
    (Extension::Mid, 4),
    (Extension::PlayoutDelay, 5),
    (Extension::DependencyDescriptor, 8),
    (Extension::AbsCaptureTime, 9),
    (Extension::RtpStreamId, 10),
    (Extension::RepairedRtpStreamId, 11),
    (Extension::VideoOrientation, 13),
];

/// Whether the extension is of use in a section of this kind in which we receive.
const fn received(extension: Extension, kind: MediaKind) -> bool {
    match extension {
        Extension::TransportSequence => true,
        Extension::RtpStreamId | Extension::RepairedRtpStreamId => matches!(kind, MediaKind::Video),
        Extension::Mid
        | Extension::AudioLevel
        | Extension::VideoOrientation
        | Extension::PlayoutDelay
        | Extension::DependencyDescriptor
        | Extension::AbsCaptureTime => sent(extension, kind),
        Extension::AbsSendTime | Extension::TransmissionOffset | Extension::VideoLayersAllocation => false,
    }
}

/// Whether the extension is of use in a section of this kind in which we send: only what is passed on from publishers
/// or written by us. The transport-wide number is what a receiver's feedback speaks of: without it nothing can be measured.
const fn sent(extension: Extension, kind: MediaKind) -> bool {
    match extension {
        Extension::Mid | Extension::AbsCaptureTime | Extension::TransportSequence => true,
        Extension::AudioLevel => matches!(kind, MediaKind::Audio),
        Extension::VideoOrientation | Extension::PlayoutDelay | Extension::DependencyDescriptor => {
            matches!(kind, MediaKind::Video)
        }
        Extension::RtpStreamId
        | Extension::RepairedRtpStreamId
        | Extension::AbsSendTime
        | Extension::TransmissionOffset
        | Extension::VideoLayersAllocation => false,
    }
}

/// Of the client's extensions those that are of use in some direction, whatever this section's direction is: what an
/// answer leaves out in one section Chromium offers in no later section of that kind either (a simulcast offer of its
/// own then fails for want of the rid extension).
pub(super) fn accepted(offered: &ExtensionMap, kind: MediaKind) -> ExtensionMap {
    filtered(offered, |extension| received(extension, kind) || sent(extension, kind))
}

/// Of the negotiated extensions those that we write.
pub(super) fn written(negotiated: &ExtensionMap, kind: MediaKind) -> ExtensionMap {
    filtered(negotiated, |extension| sent(extension, kind))
}

fn filtered(map: &ExtensionMap, keep: impl Fn(Extension) -> bool) -> ExtensionMap {
    let mut filtered = ExtensionMap::new();
    for (id, extension) in map.iter().filter(|(_, extension)| keep(*extension)) {
        filtered.insert(id, extension);
    }
    filtered
}

/// What an offer of ours names in a section in which we send. `in_use` holds the ids that the Transport knows already;
/// it is kept up to date.
pub(super) fn offered(in_use: &mut ExtensionMap, kind: MediaKind) -> ExtensionMap {
    let mut offered = ExtensionMap::new();
    for (extension, own_id) in IDS {
        if !sent(extension, kind) {
            continue;
        }
        let id = in_use.id(extension).or_else(|| free_id(in_use, own_id));
        if let Some(id) = id {
            in_use.insert(id, extension);
            offered.insert(id, extension);
        }
    }
    offered
}

fn free_id(in_use: &ExtensionMap, own_id: u8) -> Option<u8> {
    std::iter::once(own_id).chain(1..15).find(|id| in_use.extension(*id).is_none())
}
