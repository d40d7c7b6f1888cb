//! The store on SQLite and on PostgreSQL: the same tests on both.
use crate::ground::{Ground, tell};
use crate::kit::PATIENCE;
use gateway::config::DatabaseTask;
use gateway::database_commands;
use gateway::store::{StoreError, StoreSettings, UsageRow};
use sfu_core::id::{ParticipantId, RoomId};
use sfu_core::room::{
    BitrateCaps, Effect, Grant, Happening, LeaveReason, Lifecycle, ParticipantKind, Permissions, ProtocolName,
    Reservation, RoomRecord, RoomSettings,
};
use std::collections::BTreeMap;
use std::time::Duration;

fn id(number: u64) -> RoomId {
    RoomId::from_number(number).unwrap()
}

fn settings(metadata: &str) -> Box<RoomSettings> {
    Box::new(RoomSettings {
        lifecycle: Lifecycle::Timeouts { empty: Duration::from_secs(300), departure: Duration::from_secs(20) },
        max_participants: 7,
        metadata: metadata.to_owned(),
        forced_video_codec: None,
        codecs: Vec::new(),
        sync_streams: true,
        face_data: "{\"a\":\"ü\u{0}\"}".to_owned(),
        made_by: ProtocolName("livekit"),
    })
}

fn made(number: u64, name: &str) -> Effect {
    Effect::RoomMade {
        room: id(number),
        name: name.to_owned(),
        settings: settings("first"),
        created_ms: 1_700_000_000_000 + number,
        by_api: true,
    }
}

fn ended(number: u64) -> Effect {
    Effect::RoomEnded { room: id(number), reason: LeaveReason::RoomClosedByApi, by_api: true }
}

fn seat(room: u64, participant: u64, token: &str) -> Effect {
    let grant = Grant {
        id: ParticipantId::from_number(participant),
        identity: "änn".to_owned(),
        name: String::new(),
        metadata: "{}".to_owned(),
        attributes: BTreeMap::new(),
        permissions: Permissions::publisher(),
        kind: ParticipantKind::Standard,
        caps: BitrateCaps::default(),
        face_data: String::new(),
    };
    let reservation = Box::new(Reservation { token: token.to_owned(), grant, created_ms: 5 });
    Effect::SeatReserved { room: id(room), reservation }
}

fn happened(room: u64, name: &str, happening: Happening) -> Effect {
    Effect::Happened(Box::new(RoomRecord {
        room: id(room),
        name: name.to_owned(),
        created_ms: 1,
        made_by: ProtocolName("v2"),
        at_ms: 2 + room,
        by_api: true,
        facts: None,
        happening,
    }))
}

#[tokio::test]
async fn rooms_with_their_settings_and_unused_seats_are_known_after_a_restart() {
    for ground in Ground::all() {
        let (store, rooms) = ground.open().await;
        assert!(rooms.is_empty(), "{}", ground.name);
        // The largest id that there is must fit too.
        for effect in [
            made(RoomId::RANGE, "kept"),
            made(2, "ended"),
            Effect::RoomDescribed { room: id(RoomId::RANGE), settings: settings("second") },
            seat(RoomId::RANGE, ParticipantId::RANGE, "tok_1"),
            seat(RoomId::RANGE, 4, "tok_used"),
            seat(2, 5, "tok_of_ended"),
            seat(RoomId::RANGE, ParticipantId::RANGE, "tok_again"),
            Effect::SeatGone {
                room: id(RoomId::RANGE),
                participant: ParticipantId::from_number(4).unwrap(),
                by_api: true,
            },
            ended(2),
        ] {
            assert!(store.write(effect.clone()).await, "{}: {effect:?}", ground.name);
        }
        store.close().await;
        let (store, rooms) = ground.open().await;
        assert_eq!(rooms.len(), 1, "{}", ground.name);
        let room = &rooms[0];
        assert_eq!((room.id, room.name.as_str()), (id(RoomId::RANGE), "kept"));
        assert_eq!(room.created_ms, 1_700_000_000_000 + RoomId::RANGE);
        assert_eq!(room.settings, *settings("second"));
        let tokens: Vec<&str> = room.reservations.iter().map(|seat| seat.token.as_str()).collect();
        assert_eq!(tokens, ["tok_again"], "{}", ground.name);
        assert_eq!(room.reservations[0].grant.identity, "änn");
        store.close().await;
    }
}

#[tokio::test]
async fn what_cannot_be_stored_takes_nothing_else_along() {
    for ground in Ground::all() {
        let (store, _) = ground.open().await;
        assert!(store.write(made(1, "first")).await);
        let written: Vec<_> = [made(2, "before"), made(1, "twice"), made(3, "after")]
            .into_iter()
            .map(|effect| store.effects.run(effect, None).unwrap())
            .collect();
        let mut outcomes = Vec::new();
        for outcome in written {
            outcomes.push(outcome.await.unwrap());
        }
        assert_eq!(outcomes, [true, false, true], "{}", ground.name);
        assert_eq!(store.handles.state.lost(), 1);
        store.close().await;
        let (store, mut rooms) = ground.open().await;
        rooms.sort_by_key(|room| room.id);
        let names: Vec<&str> = rooms.iter().map(|room| room.name.as_str()).collect();
        assert_eq!(names, ["first", "before", "after"], "{}", ground.name);
        store.close().await;
    }
}

/// Waits until something is so.
async fn until(is_so: impl Fn() -> bool) {
    let waited = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waited).await.expect("it is so in time");
}

#[tokio::test]
async fn a_full_queue_loses_events_before_changes_and_counts_each() {
    for mut ground in Ground::all() {
        ground.config.database.write_timeout = Duration::from_millis(300);
        let (store, _) = ground.open_with(StoreSettings { queue_max: 3, ..ground.settings() }).await;
        assert!(store.write(made(1, "ends")).await);
        let beside = ground.beside().await;
        tell(&beside, ground.lock()).await;
        assert!(!store.write(made(2, "refused")).await, "{}: nobody waits for long", ground.name);
        let state = store.handles.state.clone();
        assert!(state.away_since_ms().is_some());
        for number in 10..20 {
            let Effect::Happened(mut record) = happened(number, "room", Happening::RoomMade) else { panic!() };
            record.by_api = false;
            store.effects.run(Effect::Happened(record), None);
            tokio::task::yield_now().await;
        }
        until(|| state.lost() == 7).await;
        store.effects.run(Effect::RoomEnded { room: id(1), reason: LeaveReason::RoomEmpty, by_api: false }, None);
        until(|| state.lost() == 8).await;
        assert_eq!(state.waiting(), 4, "{}: the batch that was tried, and three", ground.name);
        tell(&beside, "ROLLBACK").await;
        beside.close().await.unwrap();
        until(|| state.away_since_ms().is_none() && state.waiting() == 0).await;
        let kept = store.handles.history.rooms(None, None, 20).await.unwrap();
        assert_eq!(kept.iter().map(|room| room.room).collect::<Vec<_>>(), [12, 11], "{}", ground.name);
        assert!(store.write(made(3, "after")).await);
        store.close().await;
        let (store, rooms) = ground.open().await;
        let names: Vec<&str> = rooms.iter().map(|room| room.name.as_str()).collect();
        assert_eq!(names, ["refused", "after"], "{}: what ended stays so", ground.name);
        store.close().await;
    }
}

#[tokio::test]
async fn the_history_is_read_a_page_at_a_time_newest_first() {
    for ground in Ground::all() {
        let (store, _) = ground.open().await;
        for number in 1..=5 {
            let name = format!("room{}\0", number % 2);
            assert!(store.write(happened(number, &name, Happening::RoomMade)).await, "{}", ground.name);
        }
        let end = Happening::RoomEnded { reason: LeaveReason::RoomClosedByApi, was_used: false };
        assert!(store.write(happened(5, "room1", end)).await);
        let history = &store.handles.history;
        let page = history.rooms(None, None, 2).await.unwrap();
        let numbers = |page: &[gateway::store::PastRoom]| page.iter().map(|room| room.room).collect::<Vec<_>>();
        assert_eq!(numbers(&page), [5, 4], "{}", ground.name);
        assert_eq!((page[0].span.ended_ms, page[0].span.reason.as_deref()), (Some(7), Some("roomClosedByApi")));
        assert_eq!(page[1].span.ended_ms, None);
        let next = history.rooms(None, Some(page[1].id), 2).await.unwrap();
        assert_eq!(numbers(&next), [3, 2]);
        let of_name = history.rooms(Some("room0\u{fffd}"), None, 9).await.unwrap();
        assert_eq!(numbers(&of_name), [4, 2], "zeros are stored as what every database takes");
        store.close().await;
        // Rooms that are not taken up have ended, as far as the history knows.
        let (store, _) = ground.open().await;
        let page = store.handles.history.rooms(None, None, 9).await.unwrap();
        let reasons: Vec<_> = page.iter().map(|room| room.span.reason.as_deref().unwrap()).collect();
        assert_eq!(reasons, ["serverKilled"; 4], "{}: what ended in 1970 is too old already", ground.name);
        store.close().await;
        // What ended long ago goes.
        let (store, _) = ground.open_with(StoreSettings { history_kept: Duration::ZERO, ..ground.settings() }).await;
        assert!(store.handles.history.rooms(None, None, 9).await.unwrap().is_empty(), "{}", ground.name);
        store.close().await;
    }
}

#[tokio::test]
async fn usage_counts_add_up_over_restarts() {
    let row = |count, first_ms, last_ms| UsageRow {
        kind: "rest".into(),
        name: "POST /sessions".into(),
        value: String::new(),
        app: "a".into(),
        count,
        first_ms,
        last_ms,
    };
    let other = UsageRow { value: "VP8".into(), ..row(1, 1, 1) };
    for ground in Ground::all() {
        let (store, _) = ground.open().await;
        store.handles.usage.add(&[row(2, 10, 20), other.clone()]).await.unwrap();
        store.close().await;
        let (store, _) = ground.open().await;
        store.handles.usage.add(&[row(3, 5, 15)]).await.unwrap();
        assert_eq!(store.handles.usage.all().await.unwrap(), [row(5, 5, 20), other.clone()], "{}", ground.name);
        store.close().await;
    }
}

#[tokio::test]
async fn a_server_whose_database_another_one_took_over_writes_nothing_more() {
    for ground in Ground::all() {
        let (old, _) = ground.open().await;
        assert!(old.write(made(1, "mine")).await);
        let (new, rooms) = ground.open().await;
        assert_eq!(rooms.len(), 1, "{}", ground.name);
        assert!(!old.write(made(2, "late")).await, "{}", ground.name);
        assert!(new.write(made(3, "newer")).await, "{}", ground.name);
        new.close().await;
        let (again, rooms) = ground.open().await;
        assert_eq!(rooms.len(), 2, "{}", ground.name);
        again.close().await;
    }
}

#[tokio::test]
async fn commands_bring_a_database_up_and_down_and_look_at_it() {
    for ground in Ground::all() {
        let run = |task| database_commands::run(task, &ground.config);
        let before = run(DatabaseTask::Status).await;
        assert_eq!(before.status, 1, "{before:?}");
        assert!(before.text.contains("pending  m0001_rooms_and_seats"), "{before:?}");
        assert_eq!(run(DatabaseTask::Check).await.status, 1);
        assert_eq!(run(DatabaseTask::Up).await.status, 0);
        let check = run(DatabaseTask::Check).await;
        assert_eq!(check.status, 0, "{check:?}");
        let asked = run(DatabaseTask::Down { steps: 1, confirmed: false }).await;
        assert_eq!(asked.status, 64, "{asked:?}");
        assert_eq!(run(DatabaseTask::Status).await.status, 0, "nothing happened yet");
        for steps in [1, 9] {
            let down = run(DatabaseTask::Down { steps, confirmed: true }).await;
            assert_eq!(down.status, 0, "{}: {down:?}", ground.name);
            assert!(down.text.contains("pending  m0006_revocations"), "{down:?}");
        }
        let up = run(DatabaseTask::Up).await;
        assert!(up.status == 0 && !up.text.contains("pending"), "{}: {up:?}", ground.name);
        assert!(!up.text.contains("user="), "{up:?}");
    }
}

#[tokio::test]
async fn rows_that_cannot_be_read_and_orphans_are_found() {
    for ground in Ground::all() {
        let (store, _) = ground.open().await;
        assert!(store.write(made(1, "good")).await && store.write(made(2, "bad")).await);
        store.close().await;
        let beside = ground.beside().await;
        tell(&beside, "UPDATE room SET settings = '{}' WHERE name = 'bad'").await;
        tell(&beside, "INSERT INTO seat VALUES (9, 99, 1, 'tok', '{}')").await;
        beside.close().await.unwrap();
        let check = database_commands::run(DatabaseTask::Check, &ground.config).await;
        assert_eq!(check.status, 1, "{check:?}");
        for problem in ["room \"bad\" cannot be read", "seat 9 belongs to no room"] {
            assert!(check.text.contains(problem), "{}: {check:?}", ground.name);
        }
        assert!(!check.text.contains("tok"), "no secrets: {check:?}");
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    for ground in Ground::all() {
        let (store, _) = ground.open().await;
        store.close().await;
        let beside = ground.beside().await;
        tell(&beside, "INSERT INTO seaql_migrations VALUES ('m9999_of_tomorrow', 1)").await;
        beside.close().await.unwrap();
        let opened = gateway::store::Store::open(
            &ground.folder.0,
            &ground.config.database,
            ground.settings(),
            gateway::webhook::Scribe::default(),
        );
        let Err(error) = opened.await else { panic!("{}: it opens", ground.name) };
        assert!(matches!(error, StoreError::Newer { .. }), "{error}");
        assert!(error.to_string().contains("m9999_of_tomorrow"), "{error}");
        for task in [DatabaseTask::Status, DatabaseTask::Up, DatabaseTask::Down { steps: 1, confirmed: true }] {
            let report = database_commands::run(task, &ground.config).await;
            assert_eq!(report.status, 1, "{report:?}");
        }
    }
}
