//! From a [`Description`] of ours to text.
//!
//! The association (ICE, DTLS) is repeated in every section, as old libraries look for it there; candidates stand where
//! the negotiation put them. Written for the server's side: layers are ones that we receive.
use super::candidate::print_candidate;
use super::{Codec, CodecSpec, Description, Dialect, Direction, Feedback, MediaKind, Section, SectionKind, Setup};
use std::fmt::Write;

/// Lines end with CR LF.
struct Text(String);

impl Text {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.0.write_fmt(line);
        self.0.push_str("\r\n");
    }
}

macro_rules! line {
    ($text:expr, $($format:tt)*) => { $text.line(format_args!($($format)*)) };
}

/// Writes a description of ours.
pub fn print(description: &Description, dialect: &dyn Dialect) -> String {
    let mut text = Text(String::with_capacity(1024 + 2048 * description.sections.len()));
    line!(text, "v=0");
    line!(text, "o=- {} {} IN IP4 127.0.0.1", description.session_id, description.version);
    line!(text, "s=-");
    line!(text, "t=0 0");
    if description.ice_lite {
        line!(text, "a=ice-lite");
    }
    let bundled = description.sections.iter().filter(|section| !section.rejected);
    let mids: String = bundled.map(|section| format!(" {}", section.mid)).collect();
    line!(text, "a=group:BUNDLE{mids}");
    if description.extmap_allow_mixed {
        line!(text, "a=extmap-allow-mixed");
    }
    line!(text, "a=msid-semantic: WMS *");
    for section in &description.sections {
        print_section(&mut text, description, section, dialect);
    }
    text.0
}

fn print_section(text: &mut Text, description: &Description, section: &Section, dialect: &dyn Dialect) {
    print_media_line(text, section);
    line!(text, "c=IN IP4 0.0.0.0");
    if section.rejected {
        line!(text, "a=inactive");
        line!(text, "a=mid:{}", section.mid);
        return;
    }
    if let Some(cap) = section.bandwidth_kbps {
        line!(text, "b=AS:{cap}");
    }
    print_association(text, description, section);
    line!(text, "a=mid:{}", section.mid);
    match &section.kind {
        SectionKind::Media(_) => print_media(text, section, dialect),
        SectionKind::Data(data) => {
            line!(text, "a=sctp-port:{}", data.sctp_port);
            line!(text, "a=max-message-size:{}", dialect.max_message_size());
        }
        SectionKind::Unknown(_) => {}
    }
}

/// Port 9 where the section is in use (RFC 8829, section 5.2.1), 0 where it is refused.
fn print_media_line(text: &mut Text, section: &Section) {
    let port = if section.rejected { 0 } else { 9 };
    match &section.kind {
        SectionKind::Media(kind) => {
            let kind = match kind {
                MediaKind::Audio => "audio",
                MediaKind::Video => "video",
            };
            let types = section.codecs.iter().flat_map(|codec| std::iter::once(codec.payload_type).chain(codec.rtx));
            let types: String = types.map(|payload_type| format!(" {payload_type}")).collect();
            let types = if types.is_empty() { " 0" } else { &types };
            line!(text, "m={kind} {port} UDP/TLS/RTP/SAVPF{types}");
        }
        SectionKind::Data(_) => line!(text, "m=application {port} UDP/DTLS/SCTP webrtc-datachannel"),
        SectionKind::Unknown(offered) => {
            let mut words = offered.split_ascii_whitespace();
            let kind = words.next().unwrap_or("text");
            let rest: Vec<&str> = words.skip(1).collect();
            line!(text, "m={kind} 0 {}", rest.join(" "));
        }
    }
}

fn print_association(text: &mut Text, description: &Description, section: &Section) {
    for candidate in &section.candidates {
        line!(text, "a={}", print_candidate(candidate));
    }
    if !section.candidates.is_empty() {
        line!(text, "a=end-of-candidates");
    }
    line!(text, "a=ice-ufrag:{}", description.ice.ufrag);
    line!(text, "a=ice-pwd:{}", description.ice.password);
    let fingerprint = &description.fingerprint;
    let bytes: Vec<String> = fingerprint.bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    line!(text, "a=fingerprint:{} {}", fingerprint.algorithm, bytes.join(":"));
    let setup = match description.setup {
        Setup::Active => "active",
        Setup::Passive => "passive",
        Setup::ActPass => "actpass",
    };
    line!(text, "a=setup:{setup}");
}

fn print_media(text: &mut Text, section: &Section, dialect: &dyn Dialect) {
    for (id, extension) in section.extensions.iter() {
        line!(text, "a=extmap:{id} {}", extension.uri());
    }
    let direction = match section.direction {
        Direction::SendRecv => "sendrecv",
        Direction::SendOnly => "sendonly",
        Direction::RecvOnly => "recvonly",
        Direction::Inactive => "inactive",
    };
    line!(text, "a={direction}");
    let msid = section.label.as_ref().map(|label| dialect.msid(label));
    let msid = msid.map(|msid| format!("{} {}", msid.stream, msid.track));
    if let Some(msid) = &msid {
        line!(text, "a=msid:{msid}");
    }
    line!(text, "a=rtcp-mux");
    line!(text, "a=rtcp-rsize");
    for codec in &section.codecs {
        print_codec(text, codec);
    }
    print_layers(text, section);
    print_sources(text, section, msid.as_deref());
}

fn print_codec(text: &mut Text, spec: &CodecSpec) {
    let CodecSpec { codec, payload_type, rtx, fmtp, feedback } = spec;
    let (name, rate) = (codec.name(), codec.clock_rate_hz());
    let channels = if matches!(codec, Codec::Opus | Codec::Red) { "/2" } else { "" };
    line!(text, "a=rtpmap:{payload_type} {name}/{rate}{channels}");
    for feedback in feedback {
        let feedback = match feedback {
            Feedback::Nack => "nack",
            Feedback::Pli => "nack pli",
            Feedback::Fir => "ccm fir",
            Feedback::TransportCc => "transport-cc",
            Feedback::Remb => "goog-remb",
        };
        line!(text, "a=rtcp-fb:{payload_type} {feedback}");
    }
    if !fmtp.is_empty() {
        line!(text, "a=fmtp:{payload_type} {fmtp}");
    }
    if let Some(rtx) = rtx {
        line!(text, "a=rtpmap:{rtx} rtx/{rate}");
        line!(text, "a=fmtp:{rtx} apt={payload_type}");
    }
}

/// The layers that we take.
fn print_layers(text: &mut Text, section: &Section) {
    if section.rids.is_empty() {
        return;
    }
    for rid in &section.rids {
        line!(text, "a=rid:{} recv", rid.0);
    }
    let names: Vec<&str> = section.rids.iter().map(|rid| rid.0.as_str()).collect();
    line!(text, "a=simulcast:recv {}", names.join(";"));
}

fn print_sources(text: &mut Text, section: &Section, msid: Option<&str>) {
    for group in &section.ssrcs {
        if let Some(rtx) = group.rtx {
            line!(text, "a=ssrc-group:FID {} {rtx}", group.media);
        }
        for ssrc in std::iter::once(group.media).chain(group.rtx) {
            if let Some(cname) = &section.cname {
                line!(text, "a=ssrc:{ssrc} cname:{cname}");
            }
            if let Some(msid) = msid {
                line!(text, "a=ssrc:{ssrc} msid:{msid}");
            }
        }
    }
}
