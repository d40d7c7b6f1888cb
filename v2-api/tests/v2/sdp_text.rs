//! Session descriptions as browsers write them, as short as they can be.
use sfu_core::sdp::{self, Description, DescriptionKind, Dialect, Direction, IceCredentials, Msid, Setup, TrackLabel};

const FINGERPRINT: &str = "a=fingerprint:sha-256 0E:1E:2E:3E:4E:5E:6E:7E:8E:9E:AE:BE:CE:DE:EE:FE:0F:1F:2F:3F:4F:5F:6F:7F:8F:9F:AF:BF:CF:DF:EF:FF";

/// An offer with sound, picture, or both; `direction` is `sendonly`, `recvonly` or `sendrecv`.
pub fn offer(audio: bool, video: bool, direction: &str) -> String {
    offer_with(audio, video, direction, "VP8")
}

/// The same with another video codec.
pub fn offer_with(audio: bool, video: bool, direction: &str, codec: &str) -> String {
    let kinds: Vec<&str> =
        [("audio", audio), ("video", video)].iter().filter(|kind| kind.1).map(|kind| kind.0).collect();
    let mids: Vec<String> = (0..kinds.len()).map(|mid| mid.to_string()).collect();
    let mut text = format!(
        "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {}\r\na=msid-semantic: WMS s\r\n",
        mids.join(" ")
    );
    for (mid, kind) in kinds.iter().enumerate() {
        let (payload, map) = match *kind {
            "audio" => (111, "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n".to_owned()),
            _ => (
                96,
                format!(
                    "a=rtpmap:96 {codec}/90000\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\na=rtcp-fb:96 ccm fir\r\n"
                ),
            ),
        };
        text += &format!(
            "m={kind} 9 UDP/TLS/RTP/SAVPF {payload}\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:{}\r\na=ice-pwd:{}\r\na=ice-options:trickle\r\n{FINGERPRINT}\r\na=setup:actpass\r\na=mid:{mid}\r\na=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\na={direction}\r\na=rtcp-mux\r\n{map}",
            "abcd", "aaaaaaaaaaaaaaaaaaaaaaaa",
        );
        if direction != "recvonly" {
            text += &format!("a=msid:s {kind}\r\na=ssrc:{} cname:c\r\n", 1000 + mid);
        }
    }
    text
}

/// A browser's answer to an offer of the server's: takes everything.
pub fn answer(offer: &str) -> String {
    let mut description = sdp::parse(offer, DescriptionKind::Offer).expect("the server's offer is one");
    description.kind = DescriptionKind::Answer;
    description.ice = IceCredentials { ufrag: "wxyz".into(), password: "bbbbbbbbbbbbbbbbbbbbbbbb".into() };
    description.ice_lite = false;
    description.setup = Setup::Active;
    for section in &mut description.sections {
        section.direction = Direction::RecvOnly;
        section.candidates.clear();
        section.ssrcs.clear();
        section.label = None;
    }
    print(&description)
}

fn print(description: &Description) -> String {
    struct Browser;
    impl Dialect for Browser {
        fn msid(&self, _: &TrackLabel) -> Msid {
            Msid { stream: "-".into(), track: "t".into() }
        }
        fn max_message_size(&self) -> u32 {
            262_144
        }
    }
    sdp::print(description, &Browser)
}

/// The kinds of the sections of a description, in order.
pub fn kinds(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("m=")?.split(' ').next()).collect()
}
