//! A participant of either protocol as LiveKit's `ParticipantInfo`.
use super::{millis, seconds};
use crate::config::LiveKitConfig;
use crate::extras::Extras;
use crate::{grant, ids, leave};
use livekit_protocol as proto;
use proto::participant_info::{Kind, State};
use sfu_core::room::{LeaveReason, ParticipantInfo, ParticipantKind, ParticipantState};

/// The attribute that carries what an OpenVidu v2 client said of itself.
const CLIENT_DATA_ATTRIBUTE: &str = "openvidu.clientData";

/// A participant as it is.
pub fn participant(info: &ParticipantInfo, config: &LiveKitConfig) -> proto::ParticipantInfo {
    let mut attributes: std::collections::HashMap<String, String> =
        info.attributes.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    if let Some(data) = info.client_data.as_ref().filter(|data| !data.is_empty()) {
        attributes.insert(CLIENT_DATA_ATTRIBUTE.to_owned(), data.clone());
    }
    // A track that is only announced is nobody's affair yet: SDKs keep the codec that they are told first.
    let tracks = info
        .streams
        .iter()
        .flat_map(|stream| stream.tracks().map(move |track| (stream, track)))
        .filter(|(_, track)| track.codec.is_some())
        .map(|(stream, track)| super::track(info, stream, track))
        .collect();
    let (client_protocol, capabilities) = grant::abilities(info, config);
    proto::ParticipantInfo {
        client_protocol,
        capabilities,
        sid: ids::participant_sid(info.id),
        identity: info.identity.clone(),
        state: state(info.state).into(),
        tracks,
        metadata: info.metadata.clone(),
        joined_at: seconds(info.joined_ms),
        joined_at_ms: millis(info.joined_ms),
        name: name(info),
        version: info.version,
        permission: Some(grant::permission_to_wire(info, config)),
        region: config.region.clone(),
        is_publisher: !info.streams.is_empty() || !info.data_tracks.is_empty(),
        kind: kind(info.kind).into(),
        attributes,
        kind_details: Extras::of(info).kind_details,
        data_tracks: info.data_tracks.iter().map(super::data_track).collect(),
        ..proto::ParticipantInfo::default()
    }
}

/// A participant that has left.
pub fn participant_left(info: &ParticipantInfo, reason: LeaveReason, config: &LiveKitConfig) -> proto::ParticipantInfo {
    proto::ParticipantInfo {
        state: State::Disconnected.into(),
        disconnect_reason: leave::disconnect_reason(reason).into(),
        ..participant(info, config)
    }
}

/// The display name; where it has none, the one in an OpenVidu v2 client's data (`{"clientData": "name"}`).
fn name(info: &ParticipantInfo) -> String {
    if !info.name.is_empty() {
        return info.name.clone();
    }
    let data = info.client_data.as_deref().and_then(|data| serde_json::from_str::<serde_json::Value>(data).ok());
    data.as_ref().and_then(|data| data.get("clientData")?.as_str()).unwrap_or_default().to_owned()
}

const fn state(state: ParticipantState) -> State {
    match state {
        ParticipantState::Joined => State::Joined,
        ParticipantState::Active => State::Active,
        ParticipantState::Disconnected => State::Disconnected,
    }
}

const fn kind(kind: ParticipantKind) -> Kind {
    match kind {
        ParticipantKind::Standard => Kind::Standard,
        ParticipantKind::Ingress => Kind::Ingress,
        ParticipantKind::Egress => Kind::Egress,
        ParticipantKind::Sip => Kind::Sip,
        ParticipantKind::Agent => Kind::Agent,
        ParticipantKind::Connector => Kind::Connector,
        ParticipantKind::Bridge => Kind::Bridge,
    }
}
