//! The properties of a recording in a request body: types, words and ranges (openvidu-v2 section 1.6).
use super::fields;
use super::sessions::media_node;
use crate::wire::RecordingProperties;
use serde_json::{Map, Value};

const OUTPUT_MODES: [&str; 3] = ["COMPOSED", "INDIVIDUAL", "COMPOSED_QUICK_START"];
const LAYOUTS: [&str; 5] =
    ["BEST_FIT", "PICTURE_IN_PICTURE", "VERTICAL_PRESENTATION", "HORIZONTAL_PRESENTATION", "CUSTOM"];
const SHM_BYTES_MIN: i64 = 134_217_728;

/// Reads and checks them; which of them are kept depends on the output mode.
pub(super) fn read(body: &Map<String, Value>) -> Result<RecordingProperties, String> {
    let defaults = RecordingProperties::composed();
    let name = fields::text(body, "name")?.unwrap_or_default();
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-~".contains(&byte)) {
        return Err("parameter 'name' may hold letters, digits, '_', '-' and '~' only".to_owned());
    }
    let has_audio = fields::flag(body, "hasAudio")?.unwrap_or(true);
    let has_video = fields::flag(body, "hasVideo")?.unwrap_or(true);
    if !has_audio && !has_video {
        return Err("a recording without audio and without video records nothing".to_owned());
    }
    let output_mode = fields::word(body, "outputMode", &OUTPUT_MODES)?.unwrap_or("COMPOSED");
    let layout = fields::word(body, "recordingLayout", &LAYOUTS)?.unwrap_or("BEST_FIT");
    let custom_layout = fields::text(body, "customLayout")?;
    let resolution = fields::text(body, "resolution")?.map(checked_resolution).transpose()?;
    let frame_rate = within(fields::whole(body, "frameRate")?, "frameRate", 1, 120)?;
    let shm_size = within(fields::whole(body, "shmSize")?, "shmSize", SHM_BYTES_MIN, i64::MAX)?;
    let ignore_failed = fields::flag(body, "ignoreFailedStreams")?.unwrap_or(false);

    let individual = output_mode == "INDIVIDUAL";
    let composed_video = !individual && has_video;
    let custom = (layout == "CUSTOM").then(|| custom_layout.unwrap_or_default().to_owned());
    Ok(RecordingProperties {
        name: name.to_owned(),
        has_audio,
        has_video,
        output_mode: output_mode.to_owned(),
        recording_layout: composed_video.then(|| layout.to_owned()),
        resolution: resolution.or(defaults.resolution).filter(|_| composed_video),
        frame_rate: frame_rate.or(defaults.frame_rate).filter(|_| composed_video),
        shm_size: shm_size.or(defaults.shm_size).filter(|_| composed_video),
        custom_layout: custom.filter(|_| composed_video),
        ignore_failed_streams: individual.then_some(ignore_failed),
        media_node: media_node(body)?,
    })
}

fn checked_resolution(text: &str) -> Result<String, String> {
    let fits = |side: &str| {
        let digits = side.len() <= 4 && !side.is_empty() && side.bytes().all(|byte| byte.is_ascii_digit());
        digits && side.parse::<u32>().is_ok_and(|side| (100..=1999).contains(&side))
    };
    match text.split_once('x') {
        Some((width, height)) if fits(width) && fits(height) => Ok(text.to_owned()),
        Some(_) | None => Err("'resolution' is WIDTHxHEIGHT, each from 100 to 1999".to_owned()),
    }
}

fn within(number: Option<i64>, name: &str, least: i64, most: i64) -> Result<Option<i64>, String> {
    match number {
        Some(number) if !(least..=most).contains(&number) => Err(format!("'{name}' is out of its range from {least}")),
        number => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_recording_cannot_be_is_refused() {
        let cases = [
            json!({"name": "a b"}),
            json!({"name": 7}),
            json!({"hasAudio": false, "hasVideo": false}),
            json!({"outputMode": "composed"}),
            json!({"recordingLayout": "GRID"}),
            json!({"resolution": "1x1"}),
            json!({"resolution": "1280"}),
            json!({"resolution": "1280x2000"}),
            json!({"resolution": "+128x+720"}),
            json!({"frameRate": 0}),
            json!({"frameRate": 121}),
            json!({"frameRate": "25"}),
            json!({"shmSize": 5}),
            json!({"mediaNode": {"a": 1}}),
        ];
        for case in cases {
            assert!(read(case.as_object().unwrap()).is_err(), "{case}");
        }
    }

    #[test]
    fn the_keys_depend_on_the_output_mode() {
        let keys = |body: Value| serde_json::to_value(read(body.as_object().unwrap()).unwrap()).unwrap();
        assert_eq!(
            keys(json!({"outputMode": "INDIVIDUAL"})),
            json!({"name":"","hasAudio":true,"hasVideo":true,"outputMode":"INDIVIDUAL","ignoreFailedStreams":false})
        );
        assert_eq!(
            keys(json!({"hasVideo": false})),
            json!({"name":"","hasAudio":true,"hasVideo":false,"outputMode":"COMPOSED"})
        );
        assert_eq!(
            keys(json!({"recordingLayout": "CUSTOM", "customLayout": "l"})),
            json!({"name":"","hasAudio":true,"hasVideo":true,"outputMode":"COMPOSED","recordingLayout":"CUSTOM",
                   "resolution":"1280x720","frameRate":25,"shmSize":536870912,"customLayout":"l"})
        );
    }
}
