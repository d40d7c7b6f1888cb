//! From a room's record to v2's events. A participant of the other protocol appears with its companions, as v2 clients
//! see them: one connection for each further group of tracks.
use super::event::{Life, V2Event};
use super::fields::{End, Fields, Media, Person, Picture, SignalFields};
use crate::ids::{ConnectionRef, Part, RECORDER, SPEECH_TO_TEXT};
use crate::presence::{client_data, connection_of, stream_name};
use crate::wire::{StreamExtras, leave_reason, unpublish_reason};
use serde_json::Value;
use sfu_core::room::{
    Correspondent, EndCause, Happening, LeaveReason, ParticipantInfo, RoomRecord, Signal, StreamInfo, UnpublishReason,
};

/// The events of one record, in their order.
pub fn events(record: &RoomRecord) -> Vec<V2Event> {
    if is_of_hidden(&record.happening) {
        return Vec::new();
    }
    match &record.happening {
        Happening::RoomMade => vec![V2Event::new("sessionCreated", Life::Begins(String::new()), &base(record))],
        // v2 collects sessions that nobody joined without a word.
        Happening::RoomEnded { reason: LeaveReason::RoomEmpty, was_used: false } => Vec::new(),
        Happening::RoomEnded { reason, .. } => {
            let end = End::new(record.created_ms, record.at_ms, leave_reason(*reason));
            let fields = Fields { end: Some(end), ..base(record) };
            vec![V2Event::new("sessionDestroyed", Life::Ends(String::new()), &fields)]
        }
        Happening::ParticipantJoined(participant) => vec![joined(record, participant, own(participant))],
        Happening::ParticipantLeft { participant, reason } => {
            vec![left(record, participant, own(participant), participant.joined_ms, leave_reason(*reason))]
        }
        Happening::StreamPublished { publisher, stream } => published(record, publisher, stream),
        Happening::StreamUnpublished { publisher, stream, cause } => unpublished(record, publisher, stream, *cause),
        Happening::StreamReceived { receiver, publisher, stream } => {
            let way = Way::inbound(receiver, publisher, stream);
            vec![V2Event::new("webrtcConnectionCreated", Life::Begins(way.life()), &way.fields(record, None))]
        }
        Happening::ReceptionEnded { receiver, publisher, stream, since_ms, cause } => {
            let way = Way::inbound(receiver, publisher, stream);
            let end = End::new(*since_ms, record.at_ms, end_reason(*cause));
            vec![V2Event::new("webrtcConnectionDestroyed", Life::Ends(way.life()), &way.fields(record, Some(end)))]
        }
        // What only LiveKit tells apart.
        Happening::ParticipantActivated(_) | Happening::TrackPublished { .. } | Happening::TrackUnpublished { .. } => {
            Vec::new()
        }
        Happening::Signalled { from, to, signal } => vec![signalled(record, from.as_ref(), to, signal)],
    }
}

/// True where it is about somebody whom the others do not see: v2 says nothing of those.
fn is_of_hidden(happening: &Happening) -> bool {
    let is_hidden = |participant: &ParticipantInfo| participant.permissions.hidden;
    match happening {
        Happening::RoomMade | Happening::RoomEnded { .. } | Happening::Signalled { .. } => false,
        Happening::ParticipantJoined(participant)
        | Happening::ParticipantActivated(participant)
        | Happening::ParticipantLeft { participant, .. }
        | Happening::StreamPublished { publisher: participant, .. }
        | Happening::StreamUnpublished { publisher: participant, .. }
        | Happening::TrackPublished { publisher: participant, .. }
        | Happening::TrackUnpublished { publisher: participant, .. } => is_hidden(participant),
        Happening::StreamReceived { receiver, publisher, .. }
        | Happening::ReceptionEnded { receiver, publisher, .. } => is_hidden(receiver) || is_hidden(publisher),
    }
}

/// How the unique id of a session is spelled: its name and when it was made.
fn unique(record: &RoomRecord) -> String {
    format!("{}_{}", record.name, record.created_ms)
}

fn base(record: &RoomRecord) -> Fields {
    Fields {
        session_id: record.name.clone(),
        unique_session_id: unique(record),
        timestamp: record.at_ms,
        ..Fields::default()
    }
}

fn own(participant: &ParticipantInfo) -> ConnectionRef {
    ConnectionRef::main(participant.id)
}

fn of_person(record: &RoomRecord, participant: &ParticipantInfo, at: ConnectionRef, end: Option<End>) -> Fields {
    let person = Person {
        location: "unknown".to_owned(),
        ip: participant.address.clone(),
        platform: participant.platform.clone(),
        client_data: client_data(participant),
        server_data: participant.metadata.clone(),
    };
    let id = Some(at.to_string());
    Fields { participant_id: id.clone(), connection_id: id, person: Some(person), end, ..base(record) }
}

fn joined(record: &RoomRecord, participant: &ParticipantInfo, at: ConnectionRef) -> V2Event {
    V2Event::new("participantJoined", Life::Begins(at.to_string()), &of_person(record, participant, at, None))
}

fn left(record: &RoomRecord, participant: &ParticipantInfo, at: ConnectionRef, since_ms: u64, reason: &str) -> V2Event {
    let end = End::new(since_ms, record.at_ms, reason);
    V2Event::new("participantLeft", Life::Ends(at.to_string()), &of_person(record, participant, at, Some(end)))
}

fn published(record: &RoomRecord, publisher: &ParticipantInfo, stream: &StreamInfo) -> Vec<V2Event> {
    let way = Way::outbound(publisher, stream);
    let created = V2Event::new("webrtcConnectionCreated", Life::Begins(way.life()), &way.fields(record, None));
    let at = connection_of(publisher, stream);
    match at.part {
        Part::Main => vec![created],
        Part::Screen | Part::Further(_) => vec![joined(record, publisher, at), created],
    }
}

fn unpublished(record: &RoomRecord, publisher: &ParticipantInfo, stream: &StreamInfo, cause: EndCause) -> Vec<V2Event> {
    let way = Way::outbound(publisher, stream);
    let end = End::new(stream.created_ms, record.at_ms, end_reason(cause));
    let destroyed = V2Event::new("webrtcConnectionDestroyed", Life::Ends(way.life()), &way.fields(record, Some(end)));
    let at = connection_of(publisher, stream);
    match at.part {
        Part::Main => vec![destroyed],
        Part::Screen | Part::Further(_) => {
            vec![destroyed, left(record, publisher, at, stream.created_ms, companion_reason(cause))]
        }
    }
}

const fn end_reason(cause: EndCause) -> &'static str {
    match cause {
        EndCause::Unsubscribed => "unsubscribe",
        EndCause::Unpublished(reason) => unpublish_reason(reason),
        EndCause::Left(reason) => leave_reason(reason),
    }
}

/// Why a companion leaves: as what ended its stream would be called of a whole connection.
const fn companion_reason(cause: EndCause) -> &'static str {
    let reason = match cause {
        EndCause::Left(reason) => reason,
        EndCause::Unsubscribed | EndCause::Unpublished(UnpublishReason::ByPublisher) => LeaveReason::ByClient,
        EndCause::Unpublished(UnpublishReason::ForcedByUser) => LeaveReason::ForcedByUser,
        EndCause::Unpublished(UnpublishReason::ForcedByServer | UnpublishReason::PermissionLost) => {
            LeaveReason::ForcedByServer
        }
        EndCause::Unpublished(UnpublishReason::MediaFailed) => LeaveReason::MediaFailed,
    };
    leave_reason(reason)
}

/// A stream on its way from its publisher, or to one who receives it.
struct Way<'a> {
    at: ConnectionRef,
    from: Option<ConnectionRef>,
    publisher: &'a ParticipantInfo,
    stream: &'a StreamInfo,
}

impl<'a> Way<'a> {
    fn outbound(publisher: &'a ParticipantInfo, stream: &'a StreamInfo) -> Self {
        Self { at: connection_of(publisher, stream), from: None, publisher, stream }
    }

    fn inbound(receiver: &ParticipantInfo, publisher: &'a ParticipantInfo, stream: &'a StreamInfo) -> Self {
        Self { at: own(receiver), from: Some(connection_of(publisher, stream)), publisher, stream }
    }

    fn life(&self) -> String {
        format!("{} {}", stream_name(self.publisher, self.stream), self.at)
    }

    fn fields(&self, record: &RoomRecord, end: Option<End>) -> Fields {
        let spec = &self.stream.spec;
        let extras = StreamExtras::of(self.publisher, self.stream);
        let picture = spec.has_video.then(|| Picture {
            video_source: extras.type_of_video.map_or(Value::Null, Value::String),
            video_framerate: extras.frame_rate.unwrap_or(Value::Null),
            video_dimensions: extras.video_dimensions.map_or(Value::Null, Value::String),
        });
        let media = Media {
            connection: if self.from.is_some() { "INBOUND" } else { "OUTBOUND" }.to_owned(),
            receiving_from: self.from.map(|from| from.to_string()),
            picture,
            audio_enabled: spec.has_audio,
            video_enabled: spec.has_video,
        };
        let id = Some(self.at.to_string());
        Fields {
            stream_id: Some(stream_name(self.publisher, self.stream)),
            participant_id: id.clone(),
            connection_id: id,
            media: Some(media),
            end,
            ..base(record)
        }
    }
}

/// A client's type loses the prefix that its SDK puts before it; an API's stays as it was given.
fn signalled(record: &RoomRecord, from: Option<&Correspondent>, to: &[Correspondent], signal: &Signal) -> V2Event {
    let kind = signal.kind.as_ref().map(|kind| match from {
        Some(_) => kind.strip_prefix("signal:").unwrap_or(kind).to_owned(),
        None => kind.clone(),
    });
    V2Event::signal(&SignalFields {
        session_id: record.name.clone(),
        unique_session_id: unique(record),
        timestamp: record.at_ms,
        from: from.map(correspondent),
        to: to.iter().map(correspondent).collect(),
        kind,
        data: signal.data.clone(),
    })
}

fn correspondent(who: &Correspondent) -> String {
    match who.identity.as_str() {
        RECORDER | SPEECH_TO_TEXT => who.identity.clone(),
        _ => ConnectionRef::main(who.id).to_string(),
    }
}
