//! Session descriptions and candidates that cannot be taken.
use super::{Outcome, Row, row};
use crate::text::{Section, description, offer};
use livekit_protocol as proto;
use proto::request_response::Reason;
use proto::signal_request::Message as Request;

const BAD: Outcome = Outcome::Refused(Reason::InvalidRequest);

pub fn rows() -> Vec<Row> {
    let mut rows = offers();
    rows.extend(answers());
    rows.extend(candidates());
    rows
}

/// What anna's PeerConnection has, as it was accepted.
fn good() -> String {
    offer(&[Section::Data, Section::Audio("cid-mic"), Section::Video("cid-cam")])
}

fn offers() -> Vec<Row> {
    let good = good();
    let lines = |count: usize| format!("{good}{}", "a=x:y\r\n".repeat(count));
    let without =
        |prefix: &str| good.split_inclusive("\r\n").filter(|line| !line.starts_with(prefix)).collect::<String>();
    let texts = [
        ("empty", String::new()),
        ("text", "hello".to_owned()),
        ("one line", "v=0\r\n".to_owned()),
        ("NULs", "\0".repeat(100)),
        ("JSON", "{\"type\":\"offer\"}".to_owned()),
        ("XML", "<sdp/>".to_owned()),
        ("without sections", good.split("m=").next().unwrap_or_default().to_owned()),
        ("without ICE", without("a=ice-ufrag")),
        ("without a password", without("a=ice-pwd")),
        ("without a fingerprint", without("a=fingerprint")),
        ("with a bad fingerprint", good.replace("AB:AB", "ZZ:AB")),
        ("with a short fingerprint", good.replace(":AB:AB:AB", "")),
        ("with a fingerprint of nobody's algorithm", good.replace("sha-256", "md2")),
        ("with a short ICE name", good.replace("a=ice-ufrag:abcd", "a=ice-ufrag:a")),
        ("with a short ICE password", good.replace("aabbccddeeffgghhiijjkkll", "short")),
        (
            "with an ICE name of a kilobyte",
            good.replace("a=ice-ufrag:abcd", &format!("a=ice-ufrag:{}", "a".repeat(1_000))),
        ),
        ("with one mid twice", good.replace("a=mid:2", "a=mid:1")),
        ("with a mid of a kilobyte", good.replace("a=mid:2", &format!("a=mid:{}", "m".repeat(1_000)))),
        ("without codecs", without("a=rtpmap")),
        ("with a payload type over 127", good.replace("a=rtpmap:111", "a=rtpmap:300")),
        ("with a clock of zero", good.replace("opus/48000/2", "opus/0/2")),
        ("of 300 kB", format!("{good}a=x:{}\r\n", "y".repeat(300_000))),
        ("of 9,000 lines", lines(9_000)),
        ("of 300 sections", offer(&[Section::ReceiveAudio; 300])),
        ("with fewer sections than before", offer(&[Section::Data, Section::Audio("cid-mic")])),
        (
            "with its sections in another order",
            offer(&[Section::Audio("cid-mic"), Section::Data, Section::Video("cid-cam")]),
        ),
    ];
    let named =
        |(what, text): (&str, String)| row(format!("offer {what}"), Request::Offer(description("offer", text, 2)), BAD);
    // What no client sends but what can be understood all the same is answered.
    let tolerated = [
        ("without setup", without("a=setup")),
        ("that is no offer by its setup", good.replace("a=setup:actpass", "a=setup:active")),
        ("with a setup of nobody", good.replace("a=setup:actpass", "a=setup:maybe")),
        ("without mids", without("a=mid")),
        ("without rtcp-mux", without("a=rtcp-mux")),
        ("with an SSRC that is a word", good.replace("a=ssrc:1001", "a=ssrc:word")),
        ("with an extension of number 0", good.replace("a=extmap:4 ", "a=extmap:0 ")),
    ];
    let answered = |(what, text): (&str, String)| {
        let offer = Request::Offer(description("offer", text, 2));
        row(format!("offer {what}"), offer, Outcome::Answered(&["answer"]))
    };
    texts.into_iter().map(named).chain(tolerated.into_iter().map(answered)).collect()
}

fn answers() -> Vec<Row> {
    let answer = |what: &str, text: String, id: u32, outcome: Outcome| {
        row(format!("answer {what}"), Request::Answer(description("answer", text, id)), outcome)
    };
    let good = good().replace("actpass", "active");
    let nothing = Outcome::Answered(&[]);
    vec![
        answer("to no open offer", good.clone(), 1, nothing.clone()),
        answer("to an offer of the future", good.clone(), 4_000_000_000, nothing.clone()),
        answer("of rubbish to no open offer", "hello".to_owned(), 2, nothing.clone()),
        answer("without a number to no open offer", good, 0, nothing),
    ]
}

fn candidates() -> Vec<Row> {
    let trickle = |init: &str, target: i32| {
        Request::Trickle(proto::TrickleRequest { candidate_init: init.to_owned(), target, r#final: false })
    };
    let long = format!(r#"{{"candidate":"candidate:{}"}}"#, "1".repeat(100_000));
    let bad = [
        ("that is no JSON", "x"),
        ("that is half JSON", "{"),
        ("that is a list", "[[[]]]"),
        ("that is a number", r#"{"candidate":5}"#),
        ("that is an object", r#"{"candidate":{}}"#),
        ("of rubbish", r#"{"candidate":"candidate:a b c"}"#),
        ("of an unknown kind", r#"{"candidate":"candidate:1 1 udp 1 192.0.2.1 7000 typ moon"}"#),
        ("without an address", r#"{"candidate":"candidate:1 1 udp 1"}"#),
        ("with a port over 65535", r#"{"candidate":"candidate:1 1 udp 1 192.0.2.1 70000 typ host"}"#),
        ("with a priority that is a word", r#"{"candidate":"candidate:1 1 udp high 192.0.2.1 7000 typ host"}"#),
        ("of another line", r#"{"candidate":"m=audio 9 RTP/AVP 0"}"#),
        ("of a hundred kilobytes", long.as_str()),
    ];
    let mut rows: Vec<Row> =
        bad.into_iter().map(|(what, init)| row(format!("candidate {what}"), trickle(init, 0), BAD)).collect();
    rows.push(row("candidate for nobody's target", trickle("{}", 9), BAD));
    rows.push(row("candidate for a negative target", trickle("{}", -1), BAD));
    let nothing = Outcome::Answered(&[]);
    let harmless = [
        ("of a name", r#"{"candidate":"candidate:1 1 udp 1 a-b.local 7000 typ host"}"#),
        ("of one word", r#"{"candidate":"candidate:"}"#),
        ("of our own address", r#"{"candidate":"candidate:1 1 udp 1 127.0.0.1 7882 typ host"}"#),
        (
            "of an unknown Transport's name",
            r#"{"candidate":"candidate:1 1 udp 1 192.0.2.1 7000 typ host","usernameFragment":"zzzz"}"#,
        ),
        ("that is none", r#"{"candidate":null}"#),
    ];
    rows.extend(
        harmless.into_iter().map(|(what, init)| row(format!("candidate {what}"), trickle(init, 1), nothing.clone())),
    );
    rows
}
