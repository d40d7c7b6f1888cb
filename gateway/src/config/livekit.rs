//! LiveKit's part of the configuration: API keys, room defaults, codecs, presets of rooms.
use super::key::{Key, Value};
use super::layer::Problem;
use super::resolve::Settings;
use super::{LiveKitSection, Secret, ice, keys};
use livekit_api::config::{RoomConfiguration, codec, preset};
use sfu_core::sdp::Codec;
use std::collections::BTreeMap;
use std::time::Duration;

/// LiveKit's part.
pub(super) fn section(settings: &Settings, problems: &mut Vec<Problem>, notes: &mut Vec<Problem>) -> LiveKitSection {
    let seconds = |key: &Key| Duration::from_secs(settings.number(key));
    LiveKitSection {
        keys: api_keys(settings, problems),
        auto_create: settings.flag(&keys::AUTO_CREATE),
        empty_timeout: seconds(&keys::EMPTY_TIMEOUT),
        departure_timeout: seconds(&keys::DEPARTURE_TIMEOUT),
        max_participants: settings.narrow(&keys::MAX_PARTICIPANTS),
        sync_streams: settings.flag(&keys::SYNC_STREAMS),
        enable_remote_unmute: settings.flag(&keys::REMOTE_UNMUTE),
        codecs: codecs(settings, notes),
        presets: presets(settings, problems),
        region: settings.text(&keys::REGION).to_owned(),
        ice_servers: ice::servers(settings, problems),
    }
}

fn api_keys(settings: &Settings, problems: &mut Vec<Problem>) -> BTreeMap<String, Secret> {
    let mut pairs = match settings.value(&keys::API_KEYS) {
        Some(Value::Map(pairs)) => pairs.clone(),
        Some(
            Value::Flag(_) | Value::Number(_) | Value::Span(..) | Value::Text(_) | Value::List(_) | Value::Records(_),
        )
        | None => BTreeMap::new(),
    };
    let file = settings.text(&keys::KEY_FILE);
    if !file.is_empty() {
        let place = settings.place(&keys::KEY_FILE);
        match std::fs::read_to_string(file) {
            Err(error) => problems.push(Problem::new(place, format!("key_file {file}: {error}"))),
            Ok(text) => match keys::API_KEYS.kind.read(&super::key::Raw::Text(text)) {
                Some(Value::Map(more)) => pairs.extend(more),
                Some(_) | None => {
                    problems.push(Problem::new(place, format!("key_file {file}: write a line `key: secret` each")));
                }
            },
        }
    }
    pairs.into_iter().map(|(key, secret)| (key, Secret::new(secret))).collect()
}

/// The codecs by name; one that is not routed here is told and left out.
fn codecs(settings: &Settings, notes: &mut Vec<Problem>) -> Vec<Codec> {
    let Some(Value::Records(records)) = settings.value(&keys::ENABLED_CODECS) else { return Vec::new() };
    let mut codecs = Vec::new();
    for mime in records.iter().filter_map(|record| record.get("mime")) {
        match codec(mime) {
            Some(codec) => codecs.push(codec),
            // Retransmission is always there.
            None if mime.to_ascii_lowercase().ends_with("/rtx") => {}
            None => {
                let text = format!("room.enabled_codecs: {mime} is not routed by this server and left out");
                notes.push(Problem::new(settings.place(&keys::ENABLED_CODECS), text));
            }
        }
    }
    codecs
}

fn presets(settings: &Settings, problems: &mut Vec<Problem>) -> BTreeMap<String, RoomConfiguration> {
    let Some(Value::Map(sections)) = settings.value(&keys::PRESETS) else { return BTreeMap::new() };
    let mut presets = BTreeMap::new();
    for (name, section) in sections {
        match serde_json::from_str(section).ok().as_ref().and_then(preset) {
            Some(preset) => {
                presets.insert(name.clone(), preset);
            }
            None => {
                let text = format!("room.room_configurations.{name}: not a room configuration");
                problems.push(Problem::new(settings.place(&keys::PRESETS), text));
            }
        }
    }
    presets
}
