//! Session descriptions as a browser writes them, and requests that clients make often.
use livekit_protocol as proto;
use proto::signal_request::Message as Request;

const AUDIO: &str = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n\
    a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
    a=rtcp-mux\r\na=rtcp-rsize\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n";
const VIDEO: &str = "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n\
    a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=rtcp-mux\r\na=rtcp-rsize\r\na=rtpmap:96 VP8/90000\r\n\
    a=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\na=rtcp-fb:96 ccm fir\r\na=rtcp-fb:96 goog-remb\r\n\
    a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n";

/// The same with VP9 after VP8, as Chromium offers them.
const VIDEO_IN_TWO: &str = "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n\
    a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=rtcp-mux\r\na=rtcp-rsize\r\na=rtpmap:96 VP8/90000\r\n\
    a=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n\
    a=rtpmap:98 VP9/90000\r\na=rtcp-fb:98 nack\r\na=rtcp-fb:98 nack pli\r\na=fmtp:98 profile-id=0\r\n\
    a=rtpmap:99 rtx/90000\r\na=fmtp:99 apt=98\r\n";

/// One section of a description.
#[derive(Clone, Copy)]
pub enum Section<'a> {
    /// A microphone with this track id.
    Audio(&'a str),
    /// A camera with this track id.
    Video(&'a str),
    /// A camera with this track id that may be sent as VP8 or VP9.
    VideoInTwo(&'a str),
    /// A microphone that is sent no more, in its place.
    SilentAudio,
    /// A camera that is sent no more, in its place.
    SilentVideo,
    /// A place for somebody else's sound.
    ReceiveAudio,
    /// A place for somebody else's picture.
    ReceiveVideo,
    /// Data channels.
    Data,
}

/// An offer with these sections.
pub fn offer(sections: &[Section<'_>]) -> String {
    let mids: Vec<String> = (0..sections.len()).map(|mid| mid.to_string()).collect();
    let mut text = format!(
        "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {}\r\n\
         a=extmap-allow-mixed\r\na=msid-semantic: WMS\r\n",
        mids.join(" ")
    );
    for (mid, section) in sections.iter().enumerate() {
        let transport = format!(
            "a=ice-ufrag:abcd\r\na=ice-pwd:aabbccddeeffgghhiijjkkll\r\na=ice-options:trickle\r\n\
             a=fingerprint:sha-256 {}\r\na=setup:actpass\r\na=mid:{mid}\r\n",
            ["AB"; 32].join(":")
        );
        let ssrc = 1000 + mid;
        let body = match section {
            Section::Audio(track) => {
                format!("{AUDIO}{transport}a=sendrecv\r\na=msid:- {track}\r\na=ssrc:{ssrc} cname:c\r\n")
            }
            Section::Video(track) => format!(
                "{VIDEO}{transport}a=sendrecv\r\na=msid:- {track}\r\na=ssrc-group:FID {ssrc} {rtx}\r\n\
                 a=ssrc:{ssrc} cname:c\r\na=ssrc:{rtx} cname:c\r\n",
                rtx = ssrc + 500
            ),
            Section::VideoInTwo(track) => {
                format!("{VIDEO_IN_TWO}{transport}a=sendonly\r\na=msid:- {track}\r\na=ssrc:{ssrc} cname:c\r\n")
            }
            Section::SilentAudio => format!("{AUDIO}{transport}a=inactive\r\n"),
            Section::SilentVideo => format!("{VIDEO}{transport}a=inactive\r\n"),
            Section::ReceiveAudio => format!("{AUDIO}{transport}a=recvonly\r\n"),
            Section::ReceiveVideo => format!("{VIDEO}{transport}a=recvonly\r\n"),
            Section::Data => format!(
                "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n{transport}\
                 a=sctp-port:5000\r\na=max-message-size:262144\r\n"
            ),
        };
        text.push_str(&body);
    }
    text
}

/// A browser's answer to an offer of ours: the same sections, seen from the other side.
pub fn answer_to(offer: &str) -> String {
    let own = ["a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:", "a=candidate:", "a=end-of-candidates", "a=ice-lite"];
    let sender = ["a=msid:", "a=ssrc:", "a=ssrc-group:", "a=msid-semantic"];
    let mut text = String::new();
    for line in offer.lines() {
        if own.iter().chain(&sender).any(|prefix| line.starts_with(prefix)) {
            continue;
        }
        match line {
            "a=sendonly" => text.push_str("a=recvonly"),
            "a=setup:actpass" => text.push_str(&format!(
                "a=setup:active\r\na=ice-ufrag:wxyz\r\na=ice-pwd:aabbccddeeffgghhiijjkkll\r\na=fingerprint:sha-256 {}",
                ["CD"; 32].join(":")
            )),
            other => text.push_str(other),
        }
        text.push_str("\r\n");
    }
    text
}

pub fn description(kind: &str, sdp: String, id: u32) -> proto::SessionDescription {
    proto::SessionDescription { r#type: kind.to_owned(), sdp, id, ..proto::SessionDescription::default() }
}

pub fn microphone(cid: &str) -> proto::AddTrackRequest {
    proto::AddTrackRequest {
        cid: cid.to_owned(),
        name: "mic".to_owned(),
        r#type: proto::TrackType::Audio.into(),
        source: proto::TrackSource::Microphone.into(),
        ..proto::AddTrackRequest::default()
    }
}

pub fn camera(cid: &str) -> proto::AddTrackRequest {
    proto::AddTrackRequest {
        cid: cid.to_owned(),
        name: "cam".to_owned(),
        r#type: proto::TrackType::Video.into(),
        source: proto::TrackSource::Camera.into(),
        width: 640,
        height: 360,
        layers: vec![proto::VideoLayer { quality: 2, width: 640, height: 360, ..proto::VideoLayer::default() }],
        ..proto::AddTrackRequest::default()
    }
}

pub fn add(request: proto::AddTrackRequest) -> Request {
    Request::AddTrack(request)
}
