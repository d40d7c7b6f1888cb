//! The properties of a recording in a request body: types, words and ranges (openvidu-v2 section 1.6).
use super::fields;
use super::sessions::media_node;
use crate::wire::RecordingProperties;
use serde_json::{Map, Value};

const OUTPUT_MODES: [&str; 3] = ["COMPOSED", "INDIVIDUAL", "COMPOSED_QUICK_START"];
const LAYOUTS: [&str; 5] =
    ["BEST_FIT", "PICTURE_IN_PICTURE", "VERTICAL_PRESENTATION", "HORIZONTAL_PRESENTATION", "CUSTOM"];
const SHM_BYTES_MIN: i64 = 134_217_728;

/// What is wrong with properties.
#[derive(Debug)]
pub(super) enum Fault {
    /// Of the wrong type, or a word that there is not: 400.
    Form(String),
    /// Well formed, and out of its range: 422.
    Value(String),
}

impl Fault {
    /// The status of a call that starts something with such properties.
    pub(super) const fn status(&self) -> u16 {
        match self {
            Self::Form(_) => 400,
            Self::Value(_) => 422,
        }
    }

    /// In words.
    pub(super) fn why(self) -> String {
        match self {
            Self::Form(why) | Self::Value(why) => why,
        }
    }
}

/// Reads and checks them; which of them are kept depends on the output mode.
pub(super) fn read(body: &Map<String, Value>) -> Result<RecordingProperties, Fault> {
    use Fault::{Form, Value};
    let defaults = RecordingProperties::composed();
    let name = fields::text(body, "name").map_err(Form)?.unwrap_or_default();
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-~".contains(&byte)) {
        return Err(Form("parameter 'name' may hold letters, digits, '_', '-' and '~' only".to_owned()));
    }
    let has_audio = fields::flag(body, "hasAudio").map_err(Form)?.unwrap_or(true);
    let has_video = fields::flag(body, "hasVideo").map_err(Form)?.unwrap_or(true);
    let output_mode = fields::word(body, "outputMode", &OUTPUT_MODES).map_err(Form)?.unwrap_or("COMPOSED");
    let layout = fields::word(body, "recordingLayout", &LAYOUTS).map_err(Form)?.unwrap_or("BEST_FIT");
    let custom_layout = fields::text(body, "customLayout").map_err(Form)?;
    let resolution = fields::text(body, "resolution").map_err(Form)?;
    let frame_rate = fields::whole(body, "frameRate").map_err(Form)?;
    let shm_size = fields::whole(body, "shmSize").map_err(Form)?;
    let ignore_failed = fields::flag(body, "ignoreFailedStreams").map_err(Form)?.unwrap_or(false);
    let media_node = media_node(body).map_err(Form)?;

    if !has_audio && !has_video {
        return Err(Value("a recording without audio and without video records nothing".to_owned()));
    }
    let resolution = resolution.map(checked_resolution).transpose().map_err(Value)?;
    let frame_rate = within(frame_rate, "frameRate", 1, 120).map_err(Value)?;
    let shm_size = within(shm_size, "shmSize", SHM_BYTES_MIN, i64::MAX).map_err(Value)?;

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
        media_node,
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
            let form = case.get("name").or(case.get("outputMode")).or(case.get("recordingLayout")).is_some()
                || case["frameRate"].is_string()
                || case.get("mediaNode").is_some();
            let fault = read(case.as_object().unwrap()).unwrap_err();
            assert_eq!(fault.status(), if form { 400 } else { 422 }, "{case}");
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
