//! Requests whose fields make no sense, go beyond a limit, or ask for what the server does not have.
use super::{Outcome, Row, Stage, json, row};
use crate::text::{add, camera, microphone};
use livekit_protocol as proto;
use proto::request_response::Reason;
use proto::signal_request::Message as Request;
use proto::simulate_scenario::Scenario;

pub fn rows(stage: &Stage) -> Vec<Row> {
    let mut rows = tracks(stage);
    rows.extend(metadata());
    rows.extend(data());
    rows.extend(lists(stage));
    rows.extend(harmless(stage));
    rows
}

fn tracks(stage: &Stage) -> Vec<Row> {
    let refused = |what: &str, request: proto::AddTrackRequest, reason| {
        row(format!("track {what}"), add(request), Outcome::Refused(reason))
    };
    let layer = proto::VideoLayer { width: 1, height: 1, ..Default::default() };
    let codec = proto::SimulcastCodec { codec: "vp8".to_owned(), ..Default::default() };
    let of_type = |number| proto::AddTrackRequest { r#type: number, ..microphone("new") };
    vec![
        refused("of unknown type", of_type(77), Reason::UnsupportedType),
        refused("of negative type", of_type(-1), Reason::UnsupportedType),
        refused("of data", of_type(proto::TrackType::Data.into()), Reason::UnsupportedType),
        refused(
            "that is a second codec of a published one",
            proto::AddTrackRequest { sid: stage.camera.clone(), ..camera("new") },
            Reason::UnsupportedType,
        ),
        refused(
            "that is a second codec of nothing",
            proto::AddTrackRequest { sid: "TR_VCAAAAAAAAAB".to_owned(), ..camera("new") },
            Reason::UnsupportedType,
        ),
        refused("with a client id of a megabyte", microphone(&"c".repeat(1 << 20)), Reason::LimitExceeded),
        refused(
            "with a name of a megabyte",
            proto::AddTrackRequest { name: "n".repeat(1 << 20), ..microphone("new") },
            Reason::LimitExceeded,
        ),
        refused(
            "with a stream name of a megabyte",
            proto::AddTrackRequest { stream: "s".repeat(1 << 20), ..microphone("new") },
            Reason::LimitExceeded,
        ),
        refused(
            "of a thousand layers",
            proto::AddTrackRequest { layers: vec![layer; 1_000], ..camera("new") },
            Reason::LimitExceeded,
        ),
        refused(
            "of a thousand codecs",
            proto::AddTrackRequest { simulcast_codecs: vec![codec; 1_000], ..camera("new") },
            Reason::LimitExceeded,
        ),
        refused(
            "of a thousand features",
            proto::AddTrackRequest { audio_features: vec![1; 1_000], ..microphone("new") },
            Reason::LimitExceeded,
        ),
    ]
}

fn metadata() -> Vec<Row> {
    let update = |what: &str, update: proto::UpdateParticipantMetadata, outcome| {
        row(format!("own {what}"), Request::UpdateMetadata(update), outcome)
    };
    let beyond = || Outcome::Refused(Reason::LimitExceeded);
    let attribute = |key: String, value: String| proto::UpdateParticipantMetadata {
        attributes: [(key, value)].into(),
        request_id: 3,
        ..Default::default()
    };
    let text = |metadata: String, name: String| proto::UpdateParticipantMetadata {
        metadata,
        name,
        request_id: 4,
        ..Default::default()
    };
    let many = (0..20_000).map(|number| (format!("key{number}"), "v".to_owned())).collect();
    vec![
        update("metadata over the limit", text("m".repeat(600_000), String::new()), beyond()),
        update("name over the limit", text(String::new(), "n".repeat(257)), beyond()),
        update("name over the limit in letters of two bytes", text(String::new(), "é".repeat(257)), beyond()),
        update("attribute over the limit", attribute("k".to_owned(), "v".repeat(70_000)), beyond()),
        update("attribute with a key over the limit", attribute("k".repeat(70_000), "v".to_owned()), beyond()),
        update(
            "attributes in plenty",
            proto::UpdateParticipantMetadata { attributes: many, request_id: 5, ..Default::default() },
            beyond(),
        ),
        update(
            "end of an attribute that is not there",
            attribute("k".to_owned(), String::new()),
            Outcome::Answered(&["request_response"]),
        ),
        update("update of nothing", text(String::new(), String::new()), Outcome::Answered(&["request_response"])),
    ]
}

/// Features that the profile does not have.
fn data() -> Vec<Row> {
    let track = |name: &str, handle| {
        Request::PublishDataTrackRequest(proto::PublishDataTrackRequest {
            pub_handle: handle,
            name: name.to_owned(),
            ..Default::default()
        })
    };
    let not_allowed = || Outcome::Refused(Reason::NotAllowed);
    let blob = proto::StoreDataBlobRequest { request_id: 8, blob: None };
    let get = proto::GetDataBlobRequest { request_id: 9, ..Default::default() };
    let stranger = proto::GetDataBlobRequest { participant_identity: "../ben".to_owned(), ..get.clone() };
    let unpublish = proto::UnpublishDataTrackRequest { pub_handle: 70_000 };
    vec![
        row("a data track", track("d", 1), not_allowed()),
        row("a data track without a name", track("", 0), not_allowed()),
        row("a data track with a name of a megabyte", track(&"d".repeat(1 << 20), 1), not_allowed()),
        row("a data track with a handle over 16 bits", track("d", u32::MAX), not_allowed()),
        row(
            "the end of no data track",
            Request::UnpublishDataTrackRequest(unpublish),
            Outcome::Refused(Reason::NotFound),
        ),
        row("a subscription to data", Request::UpdateDataSubscription(Default::default()), not_allowed()),
        row("a blob without a blob", Request::StoreDataBlobRequest(blob), not_allowed()),
        row("a blob of nobody", Request::GetDataBlobRequest(get), not_allowed()),
        row("a blob of a stranger", Request::GetDataBlobRequest(stranger), not_allowed()),
        row(
            "a speaker by simulation",
            Request::Simulate(proto::SimulateScenario { scenario: Some(Scenario::SpeakerUpdate(i32::MIN)) }),
            Outcome::Refused(Reason::UnsupportedType),
        ),
    ]
}

fn lists(stage: &Stage) -> Vec<Row> {
    let invalid = || Outcome::Refused(Reason::InvalidRequest);
    let permission = |identity: &str, sid: &str| proto::TrackPermission {
        participant_identity: identity.to_owned(),
        participant_sid: sid.to_owned(),
        track_sids: vec![stage.microphone.clone()],
        all_tracks: false,
    };
    let permissions = |track_permissions| {
        Request::SubscriptionPermission(proto::SubscriptionPermission { all_participants: false, track_permissions })
    };
    let protocol = |number| proto::SimulateScenario { scenario: Some(Scenario::SwitchCandidateProtocol(number)) };
    let no_scenario = proto::SimulateScenario { scenario: None };
    vec![
        row("a list of subscribers that names nobody", permissions(vec![permission("", "")]), invalid()),
        row(
            "a list of subscribers whose last line names nobody",
            permissions(vec![permission("ben", ""), permission("", "")]),
            invalid(),
        ),
        row("a list of subscribers with a sid of nothing", permissions(vec![permission("", "nonsense")]), invalid()),
        row("a simulation of nothing", Request::Simulate(no_scenario), invalid()),
        row("a simulation of a protocol of nobody", Request::Simulate(protocol(17)), invalid()),
        row("a simulation of a negative protocol", Request::Simulate(protocol(-1)), invalid()),
    ]
}

/// What looks bad and is borne.
fn harmless(stage: &Stage) -> Vec<Row> {
    let settings = |change: fn(&mut proto::UpdateTrackSettings)| {
        let mut settings = proto::UpdateTrackSettings { track_sids: vec![stage.of_ben.clone()], ..Default::default() };
        change(&mut settings);
        Request::TrackSetting(settings)
    };
    let ping = |timestamp, rtt| Request::PingReq(proto::Ping { timestamp, rtt });
    let nothing = || Outcome::Answered(&[]);
    vec![
        row("settings of unknown quality", settings(|it| it.quality = 99), nothing()),
        row("settings of negative quality", settings(|it| it.quality = -1), nothing()),
        row("settings of the largest size", settings(|it| (it.width, it.height) = (u32::MAX, u32::MAX)), nothing()),
        row("settings of most frames", settings(|it| it.fps = u32::MAX), nothing()),
        row("settings of most weight", settings(|it| it.priority = u32::MAX), nothing()),
        row("settings of no track", Request::TrackSetting(Default::default()), nothing()),
        row("a subscription to no track", Request::Subscription(Default::default()), nothing()),
        row(
            "a subscription to one's own track",
            Request::Subscription(proto::UpdateSubscription {
                track_sids: vec![stage.microphone.clone()],
                subscribe: true,
                ..Default::default()
            }),
            nothing(),
        ),
        row("a state of nothing", Request::SyncState(Default::default()), nothing()),
        row("the smallest ping", Request::Ping(i64::MIN), Outcome::Answered(&["pong"])),
        row("the largest ping", Request::Ping(i64::MAX), Outcome::Answered(&["pong"])),
        row("a ping from before time", ping(i64::MIN, i64::MIN), Outcome::Answered(&["pong_resp"])),
        row("a ping with a lifelong round trip", ping(1, i64::MAX), Outcome::Answered(&["pong_resp"])),
        row("no more than the least bandwidth", cap(i64::MIN), nothing()),
        row("no more than the most bandwidth", cap(i64::MAX), nothing()),
        row("layers of long ago", long_ago(), nothing()),
        (
            "a ping in the other style of names".to_owned(),
            json(r#"{"ping_req":{"timestamp":"-1","rtt":-5}}"#),
            Outcome::Answered(&["pong_resp"]),
        ),
        (
            "unknown fields beside known ones".to_owned(),
            json(r#"{"ping":"5","pang":{"a":[1,{"b":null}]}}"#),
            Outcome::Answered(&["pong"]),
        ),
    ]
}

fn cap(bitrate_bps: i64) -> Request {
    Request::Simulate(proto::SimulateScenario { scenario: Some(Scenario::SubscriberBandwidth(bitrate_bps)) })
}

#[expect(deprecated, reason = "old SDKs may still send it")]
fn long_ago() -> Request {
    Request::UpdateLayers(proto::UpdateVideoLayers::default())
}
