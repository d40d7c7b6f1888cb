//! Bad input on an open signalling socket: a table of messages, each with its expected answer. Nobody else in the room
//! notices any of them, and what was accepted before stays as it was.
mod descriptions;
mod frames;
mod requests;
mod sids;

use crate::call::accept_offers;
use crate::harness::{Hall, claims, find, names};
use crate::text::{Section, add, camera, description, microphone, offer};
use livekit_protocol as proto;
use prost::Message;
use proto::request_response::Reason;
use proto::signal_request::Message as Request;
use proto::signal_response::Message as Response;
use sfu_core::room::{RoomCommand, RoomEvent, RoomSnapshot};
use sfu_core::signal::Frame;

/// What must come of a message.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// The socket closes with this code and a reason in words; the client may come back.
    Close(u16),
    /// One `RequestResponse` with this reason and a text.
    Refused(Reason),
    /// One `SubscriptionResponse` with an error.
    NoSubscription,
    /// These responses and no other, by name: what is tolerated.
    Answered(&'static [&'static str]),
}

/// A row: what it is, the frame, what must come of it.
pub type Row = (String, Frame, Outcome);

pub fn row(what: impl Into<String>, request: Request, outcome: Outcome) -> Row {
    (what.into(), binary(request), outcome)
}

pub fn binary(request: Request) -> Frame {
    Frame::Binary(proto::SignalRequest { message: Some(request) }.encode_to_vec())
}

pub fn json(text: impl Into<String>) -> Frame {
    Frame::Text(text.into())
}

/// Anna publishes a microphone and a camera and may describe herself; Ben receives both and publishes a microphone.
pub struct Stage {
    pub hall: Hall,
    pub anna: usize,
    pub ben: usize,
    /// Anna's tracks.
    pub microphone: String,
    pub camera: String,
    /// Ben's track and himself.
    pub of_ben: String,
    pub ben_sid: String,
}

impl Stage {
    pub fn new() -> Self {
        let mut hall = Hall::new();
        let mut anna_claims = claims("hall", "anna");
        anna_claims.video.as_mut().unwrap().can_update_own_metadata = Some(true);
        let anna = hall.join_with(&anna_claims, "/rtc", "protocol=15&sdk=js&version=2.19.0");
        let ben = hall.join_v0("ben", "");
        let ben_sid = find(&hall.clients[ben].seen.responses, |response| match response {
            Response::Join(join) => join.participant.as_ref().map(|me| me.sid.clone()),
            _ => None,
        });
        for request in [microphone("cid-mic"), camera("cid-cam")] {
            hall.request(anna, add(request));
        }
        let sections = [Section::Data, Section::Audio("cid-mic"), Section::Video("cid-cam")];
        hall.request(anna, Request::Offer(description("offer", offer(&sections), 1)));
        let (mine, _) = (published(&hall, anna), accept_offers(&mut hall, ben));
        hall.request(ben, add(microphone("ben-mic")));
        hall.request(ben, Request::Offer(description("offer", offer(&[Section::Audio("ben-mic")]), 1)));
        let of_ben = published(&hall, ben).remove(0);
        let mut stage = Self { hall, anna, ben, microphone: mine[0].clone(), camera: mine[1].clone(), of_ben, ben_sid };
        accept_offers(&mut stage.hall, ben);
        accept_offers(&mut stage.hall, anna);
        stage.hall.take(anna);
        stage.hall.take(ben);
        stage
    }

    fn snapshot(&mut self) -> RoomSnapshot {
        match self.hall.command(RoomCommand::Describe).unwrap() {
            RoomEvent::Described { room, .. } => *room,
            other => panic!("{other:?}"),
        }
    }
}

fn published(hall: &Hall, client: usize) -> Vec<String> {
    let responses = hall.clients[client].seen.responses.iter();
    let sids = responses.filter_map(|response| match response {
        Response::TrackPublished(published) => published.track.as_ref().map(|track| track.sid.clone()),
        _ => None,
    });
    sids.collect()
}

/// So many hostile messages are sent at least.
pub const MESSAGES_MIN: usize = 230;

/// All rows. Those that name what stands on the stage are made for it.
fn rows(stage: &Stage) -> Vec<Row> {
    let mut rows = frames::rows();
    rows.extend(descriptions::rows());
    rows.extend(requests::rows(stage));
    rows.extend(sids::rows(stage));
    rows
}

#[test]
fn the_table_is_large_and_no_row_is_there_twice() {
    let rows = rows(&Stage::new());
    assert!(rows.len() >= MESSAGES_MIN, "{} rows", rows.len());
    let mut seen = std::collections::HashSet::new();
    for (what, frame, _) in &rows {
        let bytes = match frame {
            Frame::Binary(bytes) => (0, bytes.clone()),
            Frame::Text(text) => (1, text.clone().into_bytes()),
        };
        assert!(seen.insert(bytes), "{what} is a row twice");
    }
}

#[test]
fn each_hostile_message_has_its_answer_and_nobody_else_notices() {
    let count = rows(&Stage::new()).len();
    let (mut wrong, mut executed) = (Vec::new(), 0);
    for number in 0..count {
        let mut stage = Stage::new();
        let (what, frame, outcome) = rows(&stage).swap_remove(number);
        let before = stage.snapshot();
        let Stage { hall, anna, ben, .. } = &mut stage;
        hall.frame(*anna, frame);
        let told = hall.take(*anna);
        let closed = hall.seen(*anna).closed.clone();
        if !fits(&outcome, &told, closed.as_ref()) {
            wrong.push(format!("{what}: expected {outcome:?}, got {:?} {:?} {closed:?}", names(&told), reasons(&told)));
        }
        assert!(hall.take(*ben).is_empty(), "{what}: another client noticed");
        hall.request(*ben, Request::Ping(1));
        assert_eq!(names(&hall.take(*ben)), ["pong"], "{what}: another client is served");
        if closed.is_none() {
            hall.request(*anna, Request::Ping(1));
            assert_eq!(names(&hall.take(*anna)), ["pong"], "{what}: the client itself is served");
        }
        assert!(!hall.seen(*anna).finished, "{what}: the client may come back");
        assert_eq!(stage.snapshot(), before, "{what}: the room is as it was");
        executed += 1;
    }
    assert!(executed >= MESSAGES_MIN, "{executed} messages were sent");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

fn fits(outcome: &Outcome, told: &[Response], closed: Option<&(u16, String)>) -> bool {
    match (outcome, told, closed) {
        (Outcome::Close(code), [], Some((got, reason))) => got == code && !reason.is_empty(),
        (Outcome::Refused(reason), [Response::RequestResponse(response)], None) => {
            response.reason() == *reason && !response.message.is_empty()
        }
        (Outcome::NoSubscription, [Response::SubscriptionResponse(_)], None) => true,
        (Outcome::Answered(expected), told, None) => names(told) == *expected,
        _ => false,
    }
}

fn reasons(told: &[Response]) -> Vec<(Reason, String)> {
    let refusals = told.iter().filter_map(|response| match response {
        Response::RequestResponse(response) => Some((response.reason(), response.message.clone())),
        _ => None,
    });
    refusals.collect()
}

#[test]
fn a_publish_by_somebody_who_may_only_subscribe_is_refused() {
    let mut hall = Hall::new();
    let mut claims = claims("hall", "anna");
    claims.video.as_mut().unwrap().can_publish = Some(false);
    let anna = hall.join_with(&claims, "/rtc", "protocol=15");
    hall.take(anna);
    hall.request(anna, add(microphone("mic")));
    let told = hall.take(anna);
    let [Response::RequestResponse(response)] = told.as_slice() else { panic!("{:?}", names(&told)) };
    assert_eq!(response.reason(), Reason::NotAllowed);
}
