//! Shards with real media threads: faults of what is below them, and of the store beside them.
use super::{
    Directory, EffectJobs, EffectRunner, Existing, Mail, PeerMails, Records, ReportQueues, RoomsSettings, mailbox,
};
use crate::clock;
use crate::media::{AddressChoice, MediaPool, MediaReport, MediaSettings, TcpPort};
use crate::store::StoreState;
use crate::telemetry::{Caller, Meters, Traces};
use sfu_core::capability::{NotFound, NotNow, Profile, Refusal};
use sfu_core::id::{PeerId, RequestId};
use sfu_core::room::{
    ClientFacts, Credential, Grant, Join, LeaveReason, Lifecycle, NativeConfig, ParticipantKind, Permissions,
    ProtocolName, RoomCommand, RoomEvent, RoomSettings, RoomSnapshot, Topology,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

struct Stage {
    directory: Directory,
    reports: Vec<mpsc::Sender<MediaReport>>,
    media: MediaPool,
}

fn stage(effects: EffectRunner) -> Stage {
    let addresses = AddressChoice { node_ips: vec!["127.0.0.1".parse().unwrap()], ..AddressChoice::default() };
    let (reports, queues) = ReportQueues::new(2);
    let settings = MediaSettings {
        workers: 1,
        udp_port: 0,
        tcp_port: TcpPort::Off,
        force_tcp: false,
        addresses,
        consumers_per_worker: 400,
    };
    let media = MediaPool::start(&settings, &reports).unwrap();
    let settings = RoomsSettings {
        profile: Profile::Full,
        consumers_per_worker: 400,
        native: NativeConfig::default(),
        effects,
        meters: Arc::<Meters>::default(),
        traces: Traces::default(),
    };
    let directory = Directory::start(settings, &media, queues);
    Stage { directory, reports, media }
}

fn settings() -> RoomSettings {
    let lifecycle = Lifecycle::Timeouts { empty: Duration::from_secs(300), departure: Duration::from_secs(20) };
    RoomSettings {
        lifecycle,
        max_participants: 0,
        metadata: String::new(),
        forced_video_codec: None,
        codecs: Vec::new(),
        sync_streams: false,
        face_data: String::new(),
        made_by: ProtocolName("test"),
    }
}

/// Joins and gives what the room says afterwards.
async fn join(stage: &Stage, room: &str, create: bool) -> (PeerMails, RoomEvent) {
    let grant = Grant {
        id: None,
        identity: "ann".into(),
        name: String::new(),
        metadata: String::new(),
        attributes: BTreeMap::new(),
        permissions: Permissions::publisher(),
        kind: ParticipantKind::Standard,
        caps: sfu_core::room::BitrateCaps::default(),
        face_data: String::new(),
    };
    let facts = ClientFacts {
        protocol: ProtocolName("test"),
        topology: Topology::PublisherSubscriber,
        auto_subscribe: true,
        channels: vec![("_reliable", true, None)],
        one_element: false,
        may_pause_video: true,
        takes_signals: false,
        takes_data: false,
        auto_subscribe_data: false,
        takes_speakers: false,
        takes_layer_orders: false,
        active_at_join: true,
        may_move: false,
        quality_every: None,
        wants_grades: false,
        reuses_lines: true,
    };
    let join = Join {
        create: create.then(|| Box::new(settings())),
        credential: Credential::Granted(Box::new(grant)),
        client_data: None,
        name: None,
        facts,
        address: String::new(),
        platform: String::new(),
    };
    let (mailbox, mut mails) = mailbox(Caller::nobody());
    let peer = PeerId::random(&mut clock::random());
    let command = Box::new(RoomCommand::Join(Box::new(join)));
    stage.directory.peer_command(room.to_owned(), RequestId(1), command, (peer, mailbox)).await;
    let Mail::Event(answer) = mails.next().await else { panic!("an answer") };
    (mails, answer)
}

/// The reason for which the room is closed to this peer.
async fn closed(mails: &mut PeerMails) -> LeaveReason {
    loop {
        match mails.next().await {
            Mail::Event(RoomEvent::Closed { reason, .. }) => return reason,
            Mail::Event(_) => {}
            Mail::Broken => panic!("events were lost"),
        }
    }
}

async fn described(stage: &Stage, room: &str) -> RoomSnapshot {
    let described = stage.directory.api_command(room, RoomCommand::Describe).await.unwrap();
    let RoomEvent::Described { room, .. } = described else { panic!("{described:?}") };
    *room
}

#[tokio::test]
async fn a_join_makes_its_room_only_where_it_may() {
    let stage = stage(EffectRunner::none());
    let (_, answer) = join(&stage, "a", false).await;
    assert!(matches!(answer, RoomEvent::Refused { refusal: Refusal::NotFound(NotFound::Room), .. }), "{answer:?}");
    let (_mails, answer) = join(&stage, "a", true).await;
    assert!(matches!(answer, RoomEvent::Joined { .. }), "{answer:?}");
    assert_eq!(stage.directory.rooms().await.len(), 1);
    stage.media.stop();
}

#[tokio::test]
async fn a_lost_worker_puts_everybody_out_and_ends_the_rooms_whose_lifecycle_says_so() {
    let stage = stage(EffectRunner::none());
    let (mut mails, answer) = join(&stage, "a", true).await;
    assert!(matches!(answer, RoomEvent::Joined { .. }), "{answer:?}");
    stage.directory.create_room("idle".into(), settings(), Existing::Refuse).await.unwrap();
    let lifecycle = Lifecycle::WithLast { check_interval: Duration::ZERO, never_joined: Duration::ZERO };
    let settings = RoomSettings { lifecycle, ..settings() };
    stage.directory.create_room("last".into(), settings, Existing::Refuse).await.unwrap();
    let (mut with_last, answer) = join(&stage, "last", false).await;
    assert!(matches!(answer, RoomEvent::Joined { .. }), "{answer:?}");
    let before = described(&stage, "a").await;
    for reports in &stage.reports {
        let facts = stage.media.facts()[0].clone();
        reports.send(MediaReport::WorkerLost { facts }).await.unwrap();
    }
    assert_eq!(closed(&mut mails).await, LeaveReason::ServerFailure);
    assert_eq!(closed(&mut with_last).await, LeaveReason::ServerFailure);
    let mut left: Vec<String> = stage.directory.rooms().await.into_iter().map(|room| room.name).collect();
    left.sort();
    assert_eq!(left, ["a", "idle"], "`last` ended with its participants");
    let kept = described(&stage, "a").await;
    assert_eq!((kept.id, kept.participants.len()), (before.id, 0), "its clients join the same room again");
    let (_mails, answer) = join(&stage, "a", false).await;
    assert!(matches!(answer, RoomEvent::Joined { .. }), "{answer:?}");
    stage.media.stop();
}

/// Answers every effect that somebody waits for.
fn answer_all(mut jobs: EffectJobs, stored: bool) {
    tokio::spawn(async move {
        while let Some(job) = jobs.recv().await {
            job.finish(stored);
        }
    });
}

#[tokio::test]
async fn an_api_is_answered_when_its_room_is_stored() {
    let (effects, jobs) = EffectRunner::queue(1_024, Records::None, StoreState::default());
    let stage = stage(effects);
    let directory = stage.directory.clone();
    let call = tokio::spawn(async move { directory.create_room("a".into(), settings(), Existing::Refuse).await });
    // The room lives already, though its answer waits for the store.
    while stage.directory.rooms().await.is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(!call.is_finished());
    answer_all(jobs, true);
    assert_eq!(call.await.unwrap().unwrap().name, "a");
    let again = stage.directory.create_room("a".into(), settings(), Existing::Refuse).await;
    assert_eq!(again.unwrap_err(), Refusal::NotNow(NotNow::RoomExists));
    stage.media.stop();
}

#[tokio::test]
async fn a_room_that_cannot_be_stored_is_refused_and_taken_back() {
    let (effects, jobs) = EffectRunner::queue(1_024, Records::None, StoreState::default());
    let stage = stage(effects);
    answer_all(jobs, false);
    let refused = stage.directory.create_room("a".into(), settings(), Existing::Refuse).await;
    assert_eq!(refused.unwrap_err(), Refusal::NotNow(NotNow::Unavailable));
    while !stage.directory.rooms().await.is_empty() {
        tokio::task::yield_now().await;
    }
    stage.media.stop();
}
