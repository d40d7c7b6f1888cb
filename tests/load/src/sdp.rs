//! The session descriptions of a load participant: reads what any server writes, writes an offer of what is sent and an
//! answer that takes everything. Written apart from the server's own printer and parser, so that it can disagree with them.
use std::fmt::Write as _;
use std::net::SocketAddr;

/// Payload type that we offer for VP8.
pub const VP8_PAYLOAD_TYPE: u8 = 96;
/// Payload type that we offer for Opus.
pub const OPUS_PAYLOAD_TYPE: u8 = 111;
/// Header extension ids that we offer where layers are sent.
pub const MID_EXTENSION: u8 = 1;
/// See [`MID_EXTENSION`].
pub const RID_EXTENSION: u8 = 2;
/// The layers of simulcast, lowest first.
pub const RIDS: [&str; 3] = ["q", "h", "f"];

/// Why a description cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SdpError {
    /// A line that is needed is not there.
    #[error("the session description has no {0}")]
    Missing(&'static str),
    /// A line cannot be read.
    #[error("the session description has a malformed line: {0}")]
    Malformed(String),
}

/// What a section carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
    /// Data channels.
    Application,
}

/// One m-section of the server's.
#[derive(Clone, Debug)]
pub struct Section {
    /// What it carries.
    pub kind: Kind,
    /// Its name.
    pub mid: String,
    /// The whole `m=` line behind `m=`.
    pub line: String,
    /// False where its port is 0 and it is not bundled: a refused section.
    pub alive: bool,
    /// The server sends on it.
    pub sends: bool,
    /// The server receives on it.
    pub receives: bool,
    /// Payload type of VP8 or Opus, with its `rtpmap`.
    pub codec: Option<(u8, String)>,
    /// Stream label of the msid, up to its first `|`.
    pub owner: Option<String>,
    /// Its SSRCs that are no retransmissions'.
    pub ssrcs: Vec<u32>,
}

/// A description of the server's.
#[derive(Clone, Debug)]
pub struct Remote {
    /// ICE user fragment.
    pub ufrag: String,
    /// ICE password.
    pub password: String,
    /// Hash function and bytes of the certificate's fingerprint.
    pub fingerprint: (String, Vec<u8>),
    /// DTLS role: `actpass`, `active` or `passive`.
    pub setup: String,
    /// The server is ICE-lite.
    pub lite: bool,
    /// Candidates, each from `candidate:` on.
    pub candidates: Vec<String>,
    /// The m-sections in order.
    pub sections: Vec<Section>,
}

/// Our half of an association.
#[derive(Clone, Debug)]
pub struct Local {
    /// ICE user fragment.
    pub ufrag: String,
    /// ICE password.
    pub password: String,
    /// Fingerprint of our certificate, as SDP writes it with its function.
    pub fingerprint: String,
    /// The one address that we have.
    pub address: SocketAddr,
}

/// What is offered.
#[derive(Clone, Debug)]
pub struct Offered {
    /// Stream label.
    pub stream: String,
    /// Track id of the sound.
    pub audio_track: String,
    /// SSRC of the sound.
    pub audio_ssrc: u32,
    /// Track id of the picture.
    pub video_track: String,
    /// SSRC of the picture; not written where it is sent in layers.
    pub video_ssrc: u32,
    /// The picture is sent in the layers of [`RIDS`].
    pub layered: bool,
}

/// Reads a description.
pub fn parse(text: &str) -> Result<Remote, SdpError> {
    let mut sections: Vec<Section> = Vec::new();
    let (mut ufrag, mut password, mut fingerprint, mut setup) = (None, None, None, None);
    let mut candidates = Vec::new();
    let mut lite = false;
    for line in text.lines().map(str::trim_end) {
        if let Some(media) = line.strip_prefix("m=") {
            sections.extend(section(media));
        } else if let Some(attribute) = line.strip_prefix("a=") {
            let (name, value) = attribute.split_once(':').unwrap_or((attribute, ""));
            match name {
                "ice-ufrag" => ufrag = Some(value.to_owned()),
                "ice-pwd" => password = Some(value.to_owned()),
                "fingerprint" => fingerprint = Some(read_fingerprint(value)?),
                "setup" => setup = Some(value.to_owned()),
                "ice-lite" => lite = true,
                "candidate" if !candidates.iter().any(|known| known == attribute) => {
                    candidates.push(attribute.to_owned());
                }
                _ => {
                    if let Some(section) = sections.last_mut() {
                        read_attribute(section, name, value)?;
                    }
                }
            }
        }
    }
    Ok(Remote {
        ufrag: ufrag.ok_or(SdpError::Missing("ice-ufrag"))?,
        password: password.ok_or(SdpError::Missing("ice-pwd"))?,
        fingerprint: fingerprint.ok_or(SdpError::Missing("fingerprint"))?,
        setup: setup.ok_or(SdpError::Missing("setup"))?,
        lite,
        candidates,
        sections,
    })
}

fn section(media: &str) -> Option<Section> {
    let mut words = media.split(' ');
    let kind = match words.next()? {
        "audio" => Kind::Audio,
        "video" => Kind::Video,
        "application" => Kind::Application,
        _ => return None,
    };
    let alive = words.next()? != "0";
    Some(Section {
        kind,
        mid: String::new(),
        line: media.to_owned(),
        alive,
        sends: true,
        receives: true,
        codec: None,
        owner: None,
        ssrcs: Vec::new(),
    })
}

fn read_attribute(section: &mut Section, name: &str, value: &str) -> Result<(), SdpError> {
    match name {
        "mid" => section.mid = value.to_owned(),
        "bundle-only" => section.alive = true,
        "sendonly" => section.receives = false,
        "recvonly" => section.sends = false,
        "inactive" => (section.sends, section.receives) = (false, false),
        "msid" => {
            let stream = value.split(' ').next().unwrap_or(value);
            section.owner = Some(stream.split('|').next().unwrap_or(stream).to_owned());
        }
        "rtpmap" => {
            let wanted = match section.kind {
                Kind::Audio => "opus/",
                Kind::Video => "vp8/",
                Kind::Application => return Ok(()),
            };
            let malformed = || SdpError::Malformed(format!("rtpmap:{value}"));
            let (number, codec) = value.split_once(' ').ok_or_else(malformed)?;
            if codec.to_ascii_lowercase().starts_with(wanted) && section.codec.is_none() {
                section.codec = Some((number.parse().map_err(|_| malformed())?, codec.to_owned()));
            }
        }
        "ssrc" => {
            let ssrc = value.split(' ').next().and_then(|number| number.parse().ok());
            section.ssrcs.extend(ssrc.filter(|ssrc| !section.ssrcs.contains(ssrc)));
        }
        "ssrc-group" => {
            // The second of each pair repeats the first: no source of its own.
            let mut members = value.split(' ');
            if members.next() == Some("FID") {
                let repeats: Vec<u32> = members.skip(1).filter_map(|number| number.parse().ok()).collect();
                section.ssrcs.retain(|ssrc| !repeats.contains(ssrc));
            }
        }
        _ => {}
    }
    Ok(())
}

fn read_fingerprint(value: &str) -> Result<(String, Vec<u8>), SdpError> {
    let malformed = || SdpError::Malformed(format!("fingerprint:{value}"));
    let (function, hex) = value.split_once(' ').ok_or_else(malformed)?;
    let bytes = hex.split(':').map(|pair| u8::from_str_radix(pair, 16)).collect::<Result<Vec<u8>, _>>();
    Ok((function.to_ascii_lowercase(), bytes.map_err(|_| malformed())?))
}

/// An offer of one sound and one picture, with data channels as LiveKit's SDKs have them.
pub fn offer(local: &Local, offered: &Offered) -> String {
    let mut text = head("0 1 2");
    write_sent(&mut text, local, offered);
    text.push_str("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n");
    transport(&mut text, local, "actpass", "2");
    text.push_str("a=sctp-port:5000\r\na=max-message-size:262144\r\n");
    text
}

/// An offer of one sound and one picture.
pub fn offer_without_data(local: &Local, offered: &Offered) -> String {
    let mut text = head("0 1");
    write_sent(&mut text, local, offered);
    text
}

/// An offer to receive one sound and one picture.
pub fn receiving_offer(local: &Local) -> String {
    let mut text = head("0 1");
    for (mid, media, number, codec) in
        [("0", "audio", OPUS_PAYLOAD_TYPE, "opus/48000/2"), ("1", "video", VP8_PAYLOAD_TYPE, "VP8/90000")]
    {
        let _ = write!(text, "m={media} 9 UDP/TLS/RTP/SAVPF {number}\r\n");
        transport(&mut text, local, "actpass", mid);
        let _ = write!(text, "a=recvonly\r\na=rtcp-mux\r\na=rtpmap:{number} {codec}\r\n");
        if media == "video" {
            write_feedback(&mut text, number);
        }
    }
    text
}

fn write_feedback(text: &mut String, number: u8) {
    for feedback in ["ccm fir", "nack", "nack pli"] {
        let _ = write!(text, "a=rtcp-fb:{number} {feedback}\r\n");
    }
}

/// The sections of what is sent.
fn write_sent(text: &mut String, local: &Local, offered: &Offered) {
    let Offered { stream, audio_track, audio_ssrc, video_track, video_ssrc, layered } = offered;
    let _ = write!(text, "m=audio 9 UDP/TLS/RTP/SAVPF {OPUS_PAYLOAD_TYPE}\r\n");
    transport(text, local, "actpass", "0");
    let _ = write!(
        text,
        "a=sendonly\r\na=msid:{stream} {audio_track}\r\na=rtcp-mux\r\na=rtpmap:{OPUS_PAYLOAD_TYPE} opus/48000/2\r\n\
         a=fmtp:{OPUS_PAYLOAD_TYPE} minptime=10;useinbandfec=1\r\na=ssrc:{audio_ssrc} cname:{stream}\r\n"
    );
    let _ = write!(text, "m=video 9 UDP/TLS/RTP/SAVPF {VP8_PAYLOAD_TYPE}\r\n");
    transport(text, local, "actpass", "1");
    let _ = write!(
        text,
        "a=sendonly\r\na=msid:{stream} {video_track}\r\na=rtcp-mux\r\na=rtpmap:{VP8_PAYLOAD_TYPE} VP8/90000\r\n\
         a=rtcp-fb:{VP8_PAYLOAD_TYPE} ccm fir\r\na=rtcp-fb:{VP8_PAYLOAD_TYPE} nack\r\n\
         a=rtcp-fb:{VP8_PAYLOAD_TYPE} nack pli\r\n"
    );
    if *layered {
        let _ = write!(
            text,
            "a=extmap:{MID_EXTENSION} urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
             a=extmap:{RID_EXTENSION} urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n"
        );
        for rid in RIDS {
            let _ = write!(text, "a=rid:{rid} send\r\n");
        }
        let _ = write!(text, "a=simulcast:send {}\r\n", RIDS.join(";"));
    } else {
        let _ = write!(text, "a=ssrc:{video_ssrc} cname:{stream}\r\n");
    }
}

/// An answer that receives everything the server offers in a codec of ours.
pub fn answer(local: &Local, remote: &Remote) -> String {
    let taken = |section: &Section| section.alive && (section.kind == Kind::Application || section.codec.is_some());
    let mids: Vec<&str> =
        remote.sections.iter().filter(|section| taken(section)).map(|section| section.mid.as_str()).collect();
    let mut text = head(&mids.join(" "));
    for section in &remote.sections {
        let mut words = section.line.split(' ');
        let (media, protocol) = (words.next().unwrap_or_default(), words.nth(1).unwrap_or_default());
        let format = match &section.codec {
            Some((number, _)) => number.to_string(),
            None => words.next().unwrap_or("0").to_owned(),
        };
        let port = if taken(section) { 9 } else { 0 };
        let _ = write!(text, "m={media} {port} {protocol} {format}\r\n");
        transport(&mut text, local, "active", &section.mid);
        if let Some((number, codec)) = &section.codec {
            let direction = if section.sends { "recvonly" } else { "inactive" };
            let _ = write!(text, "a={direction}\r\na=rtcp-mux\r\na=rtpmap:{number} {codec}\r\n");
            if section.kind == Kind::Video {
                write_feedback(&mut text, *number);
            }
        } else if section.kind == Kind::Application {
            text.push_str("a=sctp-port:5000\r\na=max-message-size:262144\r\n");
        } else {
            text.push_str("a=inactive\r\na=rtcp-mux\r\n");
        }
    }
    text
}

fn head(mids: &str) -> String {
    format!(
        "v=0\r\no=- 4611732 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {mids}\r\na=msid-semantic: WMS *\r\n"
    )
}

fn transport(text: &mut String, local: &Local, setup: &str, mid: &str) {
    let Local { ufrag, password, fingerprint, address } = local;
    let (ip, port) = (address.ip(), address.port());
    let _ = write!(
        text,
        "c=IN IP4 0.0.0.0\r\na=candidate:1 1 udp 2130706431 {ip} {port} typ host\r\na=end-of-candidates\r\n\
         a=ice-ufrag:{ufrag}\r\na=ice-pwd:{password}\r\na=fingerprint:{fingerprint}\r\na=setup:{setup}\r\na=mid:{mid}\r\n"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER_OFFER: &str = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-lite\r\na=group:BUNDLE 0 1\r\n\
        m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=setup:actpass\r\na=mid:0\r\na=ice-ufrag:u\r\n\
        a=ice-pwd:p\r\na=fingerprint:sha-256 0A:ff\r\na=candidate:1 1 udp 1 127.0.0.1 7882 typ host\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 98 100 101\r\na=mid:1\r\na=sendonly\r\na=msid:PA_a|camera TR_v\r\n\
        a=rtpmap:98 VP9/90000\r\na=rtpmap:100 VP8/90000\r\na=rtpmap:101 rtx/90000\r\na=ssrc:7 cname:x\r\n\
        a=ssrc:8 cname:x\r\na=ssrc-group:FID 7 8\r\n\
        m=audio 0 UDP/TLS/RTP/SAVPF 111\r\na=mid:2\r\na=inactive\r\na=rtpmap:111 opus/48000/2\r\n";

    fn local() -> Local {
        Local {
            ufrag: "lu".into(),
            password: "lp".into(),
            fingerprint: "sha-256 AA".into(),
            address: SocketAddr::from(([127, 0, 0, 1], 4000)),
        }
    }

    #[test]
    fn an_offer_of_the_servers_is_understood() {
        let remote = parse(SERVER_OFFER).unwrap();
        assert!(remote.lite);
        assert_eq!((remote.ufrag.as_str(), remote.password.as_str()), ("u", "p"));
        assert_eq!(remote.fingerprint, ("sha-256".to_owned(), vec![0x0a, 0xff]));
        assert_eq!(remote.candidates.len(), 1);
        let video = &remote.sections[1];
        assert_eq!(video.codec, Some((100, "VP8/90000".to_owned())));
        assert_eq!(video.owner.as_deref(), Some("PA_a"));
        assert_eq!(video.ssrcs, [7]);
        assert!(video.sends && !video.receives && video.alive);
        assert!(!remote.sections[2].alive);
    }

    #[test]
    fn an_answer_has_the_offers_sections_with_our_codecs_only() {
        let text = answer(&local(), &parse(SERVER_OFFER).unwrap());
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("m=")).collect();
        assert_eq!(
            lines,
            [
                "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
                "m=video 9 UDP/TLS/RTP/SAVPF 100",
                "m=audio 0 UDP/TLS/RTP/SAVPF 111"
            ]
        );
        assert!(text.contains("a=group:BUNDLE 0 1\r\n"));
        assert!(!text.contains("transport-cc"));
    }

    #[test]
    fn our_offer_reads_back() {
        let offered = Offered {
            stream: "s".into(),
            audio_track: "a".into(),
            audio_ssrc: 1,
            video_track: "v".into(),
            video_ssrc: 2,
            layered: false,
        };
        let back = parse(&offer(&local(), &offered)).unwrap();
        assert_eq!(
            back.sections.iter().map(|section| section.ssrcs.clone()).collect::<Vec<_>>(),
            [vec![1], vec![2], vec![]]
        );
    }

    #[test]
    fn a_description_without_a_fingerprint_is_refused() {
        let text = SERVER_OFFER.replace("a=fingerprint:sha-256 0A:ff\r\n", "");
        assert!(matches!(parse(&text), Err(SdpError::Missing("fingerprint"))));
        let text = SERVER_OFFER.replace("0A:ff", "0A:fg");
        assert!(matches!(parse(&text), Err(SdpError::Malformed(_))));
    }
}
