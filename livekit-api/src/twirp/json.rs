//! Answers in JSON as LiveKit's Twirp spells them: snake_case names, unset fields included, 64-bit integers as text,
//! enums as names (livekit.md §1.4). Signalling's JSON is another style and has protobuf's own printer.
use livekit_protocol as proto;
use serde_json::{Value, json};

/// A message that Twirp answers with.
pub(super) trait TwirpJson {
    /// The message in Twirp's JSON.
    fn json(&self) -> Value;
}

fn list<T: TwirpJson>(items: &[T]) -> Vec<Value> {
    items.iter().map(TwirpJson::json).collect()
}

/// An enum's name; its number where this version has no name for it.
macro_rules! name {
    ($kind:ty, $number:expr) => {
        <$kind>::try_from($number).map_or_else(|_| json!($number), |value| json!(value.as_str_name()))
    };
}

macro_rules! names {
    ($kind:ty, $numbers:expr) => {
        $numbers.iter().map(|number| name!($kind, *number)).collect::<Vec<_>>()
    };
}

macro_rules! empty {
    ($($message:ty),*) => {
        $(impl TwirpJson for $message {
            fn json(&self) -> Value {
                json!({})
            }
        })*
    };
}

empty!(
    proto::DeleteRoomResponse,
    proto::RemoveParticipantResponse,
    proto::SendDataResponse,
    proto::UpdateSubscriptionsResponse,
    proto::MoveParticipantResponse
);

impl TwirpJson for proto::PerformRpcResponse {
    fn json(&self) -> Value {
        json!({ "payload": self.payload })
    }
}

impl TwirpJson for proto::Codec {
    fn json(&self) -> Value {
        json!({ "mime": self.mime, "fmtp_line": self.fmtp_line })
    }
}

impl TwirpJson for proto::TimedVersion {
    fn json(&self) -> Value {
        json!({ "unix_micro": self.unix_micro.to_string(), "ticks": self.ticks })
    }
}

impl TwirpJson for proto::Room {
    fn json(&self) -> Value {
        json!({
            "sid": self.sid,
            "name": self.name,
            "empty_timeout": self.empty_timeout,
            "departure_timeout": self.departure_timeout,
            "max_participants": self.max_participants,
            "creation_time": self.creation_time.to_string(),
            "creation_time_ms": self.creation_time_ms.to_string(),
            "turn_password": self.turn_password,
            "enabled_codecs": list(&self.enabled_codecs),
            "metadata": self.metadata,
            "num_participants": self.num_participants,
            "num_publishers": self.num_publishers,
            "active_recording": self.active_recording,
            "version": self.version.as_ref().map(TwirpJson::json),
        })
    }
}

impl TwirpJson for proto::ListRoomsResponse {
    fn json(&self) -> Value {
        json!({ "rooms": list(&self.rooms) })
    }
}

impl TwirpJson for proto::ListParticipantsResponse {
    fn json(&self) -> Value {
        json!({ "participants": list(&self.participants) })
    }
}

impl TwirpJson for proto::MuteRoomTrackResponse {
    fn json(&self) -> Value {
        json!({ "track": self.track.as_ref().map(TwirpJson::json) })
    }
}

impl TwirpJson for proto::ParticipantPermission {
    #[expect(deprecated, reason = "unset fields are included, deprecated ones too")]
    fn json(&self) -> Value {
        json!({
            "can_subscribe": self.can_subscribe,
            "can_publish": self.can_publish,
            "can_publish_data": self.can_publish_data,
            "can_publish_sources": names!(proto::TrackSource, self.can_publish_sources),
            "hidden": self.hidden,
            "recorder": self.recorder,
            "can_update_metadata": self.can_update_metadata,
            "agent": self.agent,
            "can_subscribe_metrics": self.can_subscribe_metrics,
            "can_manage_agent_session": self.can_manage_agent_session,
        })
    }
}

impl TwirpJson for proto::ParticipantInfo {
    fn json(&self) -> Value {
        json!({
            "sid": self.sid,
            "identity": self.identity,
            "state": name!(proto::participant_info::State, self.state),
            "tracks": list(&self.tracks),
            "metadata": self.metadata,
            "joined_at": self.joined_at.to_string(),
            "joined_at_ms": self.joined_at_ms.to_string(),
            "name": self.name,
            "version": self.version,
            "permission": self.permission.as_ref().map(TwirpJson::json),
            "region": self.region,
            "is_publisher": self.is_publisher,
            "kind": name!(proto::participant_info::Kind, self.kind),
            "attributes": self.attributes,
            "disconnect_reason": name!(proto::DisconnectReason, self.disconnect_reason),
            "kind_details": names!(proto::participant_info::KindDetail, self.kind_details),
            // Always empty: nobody publishes data tracks.
            "data_tracks": [],
            "client_protocol": self.client_protocol,
            "capabilities": names!(proto::client_info::Capability, self.capabilities),
        })
    }
}

impl TwirpJson for proto::VideoLayer {
    fn json(&self) -> Value {
        json!({
            "quality": name!(proto::VideoQuality, self.quality),
            "width": self.width,
            "height": self.height,
            "bitrate": self.bitrate,
            "ssrc": self.ssrc,
            "spatial_layer": self.spatial_layer,
            "rid": self.rid,
            "repair_ssrc": self.repair_ssrc,
        })
    }
}

impl TwirpJson for proto::SimulcastCodecInfo {
    fn json(&self) -> Value {
        json!({
            "mime_type": self.mime_type,
            "mid": self.mid,
            "cid": self.cid,
            "layers": list(&self.layers),
            "video_layer_mode": name!(proto::video_layer::Mode, self.video_layer_mode),
            "sdp_cid": self.sdp_cid,
        })
    }
}

impl TwirpJson for proto::TrackInfo {
    #[expect(deprecated, reason = "unset fields are included, deprecated ones too")]
    fn json(&self) -> Value {
        json!({
            "sid": self.sid,
            "type": name!(proto::TrackType, self.r#type),
            "name": self.name,
            "muted": self.muted,
            "width": self.width,
            "height": self.height,
            "simulcast": self.simulcast,
            "disable_dtx": self.disable_dtx,
            "source": name!(proto::TrackSource, self.source),
            "layers": list(&self.layers),
            "mime_type": self.mime_type,
            "mid": self.mid,
            "codecs": list(&self.codecs),
            "stereo": self.stereo,
            "disable_red": self.disable_red,
            "encryption": name!(proto::encryption::Type, self.encryption),
            "stream": self.stream,
            "version": self.version.as_ref().map(TwirpJson::json),
            "audio_features": names!(proto::AudioTrackFeature, self.audio_features),
            "backup_codec_policy": name!(proto::BackupCodecPolicy, self.backup_codec_policy),
            "packet_trailer_features": names!(proto::PacketTrailerFeature, self.packet_trailer_features),
        })
    }
}
