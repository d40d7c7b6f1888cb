//! The properties of an IP camera's connection: types and forms (openvidu-v2 section 1.3). Cameras themselves are not built.
use super::fields;
use serde_json::{Map, Value};

const SCHEMES: [&str; 5] = ["file", "rtsp", "rtsps", "http", "https"];

/// Checks what a body says of a camera.
pub(super) fn check(body: &Map<String, Value>) -> Result<(), String> {
    fields::text(body, "data")?;
    fields::flag(body, "record")?;
    fields::flag(body, "adaptativeBitrate")?;
    fields::flag(body, "onlyPlayWithSubscribers")?;
    fields::whole(body, "networkCache")?;
    let uri = fields::text(body, "rtspUri")?.ok_or("parameter 'rtspUri' is mandatory for IP cameras")?;
    if is_camera_uri(uri) { Ok(()) } else { Err(format!("parameter 'rtspUri' is no URI of {}", SCHEMES.join(", "))) }
}

fn is_camera_uri(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let is_file = scheme == "file";
    SCHEMES.contains(&scheme)
        && !uri
            .bytes()
            .any(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control() || b"<>\"\\^`{|}".contains(&byte))
        && (is_file && rest.len() > 1 || !is_file && !host.is_empty() && !host.starts_with(':'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_camera_needs_a_uri_of_a_known_scheme() {
        let cases = [
            (json!({}), false),
            (json!({"rtspUri": null}), false),
            (json!({"rtspUri": 7}), false),
            (json!({"rtspUri": ""}), false),
            (json!({"rtspUri": "not an uri"}), false),
            (json!({"rtspUri": "camera.example.com/live"}), false),
            (json!({"rtspUri": "ftp://camera.example.com/live"}), false),
            (json!({"rtspUri": "rtsp://"}), false),
            (json!({"rtspUri": "rtsp:///live"}), false),
            (json!({"rtspUri": "rtsp://a b"}), false),
            (json!({"rtspUri": "RTSP://camera.example.com"}), false),
            (json!({"rtspUri": "rtsp://camera.example.com/live"}), true),
            (json!({"rtspUri": "rtsps://user:pass@camera.example.com:554/live?x=1"}), true),
            (json!({"rtspUri": "https://camera.example.com/a.mp4", "networkCache": 0}), true),
            (json!({"rtspUri": "file:///media/a.mp4", "adaptativeBitrate": false}), true),
            (json!({"rtspUri": "rtsp://c", "networkCache": "2000"}), false),
            (json!({"rtspUri": "rtsp://c", "adaptativeBitrate": 1}), false),
            (json!({"rtspUri": "rtsp://c", "onlyPlayWithSubscribers": "x"}), false),
            (json!({"rtspUri": "rtsp://c", "data": []}), false),
            (json!({"rtspUri": "rtsp://c", "record": {}}), false),
        ];
        for (body, good) in cases {
            assert_eq!(check(body.as_object().unwrap()).is_ok(), good, "{body}");
        }
    }
}
