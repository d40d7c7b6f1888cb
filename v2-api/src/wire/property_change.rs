//! A change to a stream as v2 clients tell each other: property, new value as JSON text, reason. It travels through the
//! room in `StreamChange::face_data`; a change from elsewhere has none and is put into v2's words here.
use super::stream::dimensions;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sfu_core::room::StreamChange;

/// A changed property.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PropertyChange {
    pub(crate) property: String,
    /// The JSON text of the value.
    pub(crate) new_value: String,
    pub(crate) reason: String,
}

/// What clients are told of a change.
pub(crate) fn read(change: &StreamChange) -> Vec<PropertyChange> {
    if let Ok(own) = serde_json::from_str(&change.face_data) {
        return vec![own];
    }
    let of = |property: &str, value: Value, reason: &str| PropertyChange {
        property: property.to_owned(),
        new_value: value.to_string(),
        reason: reason.to_owned(),
    };
    let size = change
        .video_size
        .map(|(width, height)| of("videoDimensions", json!(dimensions(width, height)), "trackReplaced"));
    let audio = change.audio_active.map(|active| of("audioActive", json!(active), "publishAudio"));
    let video = change.video_active.map(|active| of("videoActive", json!(active), "publishVideo"));
    [size, audio, video].into_iter().flatten().collect()
}

/// As `StreamChange::face_data`.
pub(crate) fn write(change: &PropertyChange) -> String {
    serde_json::to_string(change).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_from_elsewhere_is_said_in_v2s_words() {
        let change = StreamChange {
            audio_active: Some(false),
            video_active: Some(true),
            video_size: Some((480, 640)),
            ..StreamChange::default()
        };
        let told: Vec<_> = read(&change).into_iter().map(|change| (change.property, change.new_value)).collect();
        let dimensions = r#""{\"width\":480,\"height\":640}""#;
        let expected = [("videoDimensions", dimensions), ("audioActive", "false"), ("videoActive", "true")];
        assert_eq!(told, expected.map(|(property, value)| (property.to_owned(), value.to_owned())));
        assert!(read(&StreamChange::default()).is_empty());
    }

    #[test]
    fn a_v2_clients_own_words_come_out_as_they_went_in() {
        let own = PropertyChange { property: "x".into(), new_value: "{}".into(), reason: "y".into() };
        let change = StreamChange { face_data: write(&own), audio_active: Some(true), ..StreamChange::default() };
        assert_eq!(read(&change), [own]);
    }
}
