//! Every request that names a track, with names of nothing, of somebody else's, and of what is no track.
use super::{Outcome, Row, Stage, row};
use livekit_protocol as proto;
use proto::request_response::Reason;
use proto::signal_request::Message as Request;

pub fn rows(stage: &Stage) -> Vec<Row> {
    let nothing = [
        ("nothing", String::new()),
        ("a prefix", "TR_".to_owned()),
        ("an unknown track", "TR_AMAAAAAAAAAB".to_owned()),
        ("a room", "RM_AAAAAAAAAB".to_owned()),
        ("a participant", stage.ben_sid.clone()),
        ("SQL", "TR_' OR 1=1;--".to_owned()),
        ("a path", "../../../etc/passwd".to_owned()),
        ("NUL", "TR_\0\0\0\0\0\0\0\0\0\0".to_owned()),
        ("letters of two bytes", "é".repeat(50_000)),
        ("a million letters", "T".repeat(1_000_000)),
        ("the track in small letters", stage.microphone.to_lowercase()),
        ("the track with a tail", format!("{} ", stage.microphone)),
    ];
    let mut rows = Vec::new();
    for (what, sid) in &nothing {
        rows.extend(of_sid(what, sid));
    }
    let of_ben = &stage.of_ben;
    rows.extend(own(&format!("another's track {of_ben}"), of_ben));
    rows.push(row(
        "a microphone's sound features for a camera",
        Request::UpdateAudioTrack(proto::UpdateLocalAudioTrack { track_sid: stage.camera.clone(), features: vec![1] }),
        Outcome::Refused(Reason::NotFound),
    ));
    rows.push(row(
        "a camera's size for a microphone",
        Request::UpdateVideoTrack(proto::UpdateLocalVideoTrack {
            track_sid: stage.microphone.clone(),
            width: 1,
            height: 1,
        }),
        Outcome::Refused(Reason::NotFound),
    ));
    rows
}

/// Requests about one's own tracks.
fn own(what: &str, sid: &str) -> Vec<Row> {
    let sid = sid.to_owned();
    let not_found = || Outcome::Refused(Reason::NotFound);
    vec![
        row(
            format!("mute of {what}"),
            Request::Mute(proto::MuteTrackRequest { sid: sid.clone(), muted: true }),
            not_found(),
        ),
        row(
            format!("sound features of {what}"),
            Request::UpdateAudioTrack(proto::UpdateLocalAudioTrack { track_sid: sid.clone(), features: vec![1] }),
            not_found(),
        ),
        row(
            format!("size of {what}"),
            Request::UpdateVideoTrack(proto::UpdateLocalVideoTrack { track_sid: sid, width: 9, height: 9 }),
            not_found(),
        ),
    ]
}

fn of_sid(what: &str, sid: &str) -> Vec<Row> {
    let mut rows = own(what, sid);
    let track_sids = vec![sid.to_owned()];
    let subscription = |subscribe| {
        Request::Subscription(proto::UpdateSubscription {
            track_sids: track_sids.clone(),
            subscribe,
            ..Default::default()
        })
    };
    rows.push(row(format!("subscription to {what}"), subscription(true), Outcome::NoSubscription));
    rows.push(row(format!("end of the subscription to {what}"), subscription(false), Outcome::Answered(&[])));
    let settings = proto::UpdateTrackSettings { track_sids: track_sids.clone(), disabled: true, ..Default::default() };
    rows.push(row(format!("settings of {what}"), Request::TrackSetting(settings), Outcome::Refused(Reason::NotFound)));
    rows
}
