//! How participants of either protocol look to a v2 client: as connections with at most one stream each.
//!
//! A v2 participant is one connection. A participant of the other protocol has its camera and microphone on its own
//! connection and every further group of tracks on a companion of the same name; both halves of its streams are
//! announced from the start, as they may be published later (architecture: "One room, two worlds").
use crate::PROTOCOL;
use crate::ids::{ConnectionRef, Part, stream_id};
use crate::wire::{StreamExtras, StreamObject};
use serde_json::{Value, json};
use sfu_core::id::StreamId;
use sfu_core::room::{ParticipantInfo, StreamInfo, StreamSource};

/// What stands between the client's part of the metadata and the server's.
const DATA_SEPARATOR: &str = "%/%";

/// The connection that a stream of this participant is on.
pub(crate) fn connection_of(participant: &ParticipantInfo, stream: &StreamInfo) -> ConnectionRef {
    let part = if participant.protocol == PROTOCOL {
        Part::Main
    } else {
        match stream.spec.source {
            StreamSource::Camera => Part::Main,
            StreamSource::Screen => Part::Screen,
            StreamSource::Custom(number) => Part::Further(number),
        }
    };
    ConnectionRef { participant: participant.id, part }
}

/// A stream's id on the wire.
pub(crate) fn stream_name(participant: &ParticipantInfo, stream: &StreamInfo) -> String {
    let letters = StreamExtras::of(participant, stream).id_letters(stream.spec.has_video);
    stream_id(letters, stream.id, connection_of(participant, stream))
}

/// A stream as clients are told of it.
pub(crate) fn stream_object(participant: &ParticipantInfo, stream: &StreamInfo) -> StreamObject {
    StreamObject::new(stream_name(participant, stream), participant, stream)
}

/// The participant's stream with this label.
pub(crate) fn stream_of(participant: &ParticipantInfo, stream: StreamId) -> Option<&StreamInfo> {
    participant.streams.iter().find(|info| info.id == stream)
}

/// The stream on this connection.
pub(crate) fn stream_on(participant: &ParticipantInfo, connection: ConnectionRef) -> Option<&StreamInfo> {
    participant.streams.iter().find(|stream| connection_of(participant, stream) == connection)
}

/// The companions that the participant has now, each with its stream.
pub(crate) fn companions(participant: &ParticipantInfo) -> impl Iterator<Item = (ConnectionRef, &StreamInfo)> {
    participant
        .streams
        .iter()
        .map(|stream| (connection_of(participant, stream), stream))
        .filter(|(connection, _)| connection.part != Part::Main)
}

/// The client's part of the metadata: its own words, or for clients that have none, their name in v2's usual form.
pub(crate) fn client_data(participant: &ParticipantInfo) -> String {
    match &participant.client_data {
        Some(data) => data.clone(),
        None => {
            let name = if participant.name.is_empty() { &participant.identity } else { &participant.name };
            json!({ "clientData": name }).to_string()
        }
    }
}

/// Client's and server's part as one.
pub(crate) fn metadata(participant: &ParticipantInfo) -> String {
    let client = client_data(participant);
    match (client.is_empty(), participant.metadata.is_empty()) {
        (_, true) => client,
        (true, false) => participant.metadata.clone(),
        (false, false) => format!("{client}{DATA_SEPARATOR}{}", participant.metadata),
    }
}

/// The name that a v2 client gives itself: the `clientData` of its client data, where that is such JSON.
pub(crate) fn display_name(client_data: &str) -> Option<String> {
    let value: Value = serde_json::from_str(client_data).ok()?;
    value.get("clientData")?.as_str().map(str::to_owned)
}

/// The participant's connections as `joinRoom` lists them: its own, then its companions.
pub(crate) fn listed(participant: &ParticipantInfo) -> Vec<Value> {
    let metadata = metadata(participant);
    let entry = |connection: ConnectionRef, created_ms: u64, stream: Option<&StreamInfo>| {
        let mut entry = json!({ "id": connection.to_string(), "createdAt": created_ms, "metadata": metadata });
        if let (Some(stream), Some(map)) = (stream, entry.as_object_mut()) {
            map.insert("streams".to_owned(), json!([stream_object(participant, stream)]));
        }
        entry
    };
    let main = ConnectionRef::main(participant.id);
    let mut entries = vec![entry(main, participant.joined_ms, stream_on(participant, main))];
    entries.extend(companions(participant).map(|(at, stream)| entry(at, stream.created_ms, Some(stream))));
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clients_name_is_the_client_data_of_its_json() {
        let cases = [
            (r#"{"clientData":"alice"}"#, Some("alice")),
            (r#"{"clientData":7}"#, None),
            (r#"{"name":"alice"}"#, None),
            ("\"alice\"", None),
            ("alice", None),
            ("", None),
        ];
        for (data, name) in cases {
            assert_eq!(display_name(data).as_deref(), name, "{data}");
        }
    }
}
