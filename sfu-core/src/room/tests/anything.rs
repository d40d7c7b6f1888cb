//! Any commands in any order: no panic, one answer each, and a worker that is never told nonsense.
use super::client::*;
use super::scene::*;
use crate::id::{StreamId, TrackId};
use crate::media::{FailureCause, MediaEvent};
use crate::room::*;
use crate::sdp::{Codec, Description, Direction, MediaKind};
use proptest::prelude::*;
use std::time::Duration;

/// A step; its numbers choose among what is there at that moment.
#[derive(Clone, Copy, Debug)]
struct Step {
    verb: u8,
    who: usize,
    whom: usize,
    which: usize,
    flag: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..27u8, 0..6usize, 0..6usize, 0..64usize, any::<bool>());
    let step = step.prop_map(|(verb, who, whom, which, flag)| Step { verb, who, whom, which, flag });
    proptest::collection::vec(step, 1..120)
}

/// What the clients of a run know.
#[derive(Default)]
struct Knowledge {
    everybody: Vec<(Who, Topology)>,
    streams: Vec<StreamKey>,
    tracks: Vec<TrackId>,
    offers: Vec<(Who, TransportRole, Description)>,
    last: Vec<(Who, TransportRole, Vec<crate::sdp::Section>)>,
}

impl Knowledge {
    fn learn(&mut self, outcome: &Outcome) {
        for output in &outcome.outputs {
            let RoomOutput::Event { to: Origin::Peer(peer), event } = output else { continue };
            let Some((who, _)) = self.everybody.iter().find(|(who, _)| who.peer == *peer) else { continue };
            match event {
                RoomEvent::OfferMade { role, offer } => self.offers.push((*who, *role, Description::clone(offer))),
                RoomEvent::Negotiated { role, description: Some(offer), .. }
                    if offer.kind == crate::sdp::DescriptionKind::Offer =>
                {
                    self.offers.push((*who, *role, Description::clone(offer)));
                }
                RoomEvent::Published { stream, tracks, .. } => {
                    self.streams.push(StreamKey { participant: who.id, stream: stream.id });
                    self.tracks.extend(tracks);
                }
                _ => {}
            }
        }
    }

    /// An offer that goes on from this client's last one on the Transport.
    fn next_offer(&mut self, who: Who, role: TransportRole, step: Step) -> Box<Description> {
        let place = self.last.iter().position(|(peer, of, _)| (peer.peer, *of) == (who.peer, role));
        let mut sections = place.map(|place| self.last.remove(place).2).unwrap_or_default();
        let kind = if step.flag { MediaKind::Audio } else { MediaKind::Video };
        let names = ["mic", "cam", "screen", ""];
        let direction = [Direction::SendOnly, Direction::RecvOnly, Direction::SendRecv, Direction::Inactive];
        let direction = direction[step.which % 4];
        let reuse = step.whom.is_multiple_of(2) && !sections.is_empty();
        let index = if reuse { step.which % sections.len() } else { sections.len() };
        let kind = match sections.get(index).map(|section| &section.kind) {
            Some(crate::sdp::SectionKind::Media(kind)) => *kind,
            _ => kind,
        };
        let next = section(&index.to_string(), kind, direction, names[step.which / 4 % 4]);
        if reuse {
            sections[index] = next
        } else {
            sections.push(next)
        }
        self.last.push((who, role, sections.clone()));
        offer(sections)
    }
}

fn pick<T: Copy>(list: &[T], number: usize) -> Option<T> {
    if list.is_empty() { None } else { Some(list[number % list.len()]) }
}

fn join(scene: &mut Scene, known: &mut Knowledge, step: Step) -> Outcome {
    let topology = [Topology::PerStream, Topology::PublisherSubscriber, Topology::Single][step.which % 3];
    let name = format!("client{}", step.whom);
    let mut grant = grant(&name);
    grant.permissions.moderate = step.flag;
    grant.permissions.hidden = step.which > 60;
    let (who, outcome) = scene.join(&name, facts(topology), grant);
    known.everybody.push((who, topology));
    outcome
}

fn command_of(known: &mut Knowledge, step: Step, who: Who, topology: Topology) -> Option<RoomCommand> {
    let whom = pick(&known.everybody, step.whom)?.0;
    let track = pick(&known.tracks, step.which).or(TrackId::from_number(5))?;
    let key = pick(&known.streams, step.which);
    let key = key.unwrap_or(StreamKey { participant: whom.id, stream: StreamId::from_number(5)? });
    let kind = if step.flag { MediaKind::Audio } else { MediaKind::Video };
    let command = match step.verb {
        2 => RoomCommand::Leave { reason: LeaveReason::ByClient },
        3 | 4 if topology == Topology::PerStream => {
            let RoomCommand::Publish(mut publish) = v2_publish(sending()) else { return None };
            publish.loopback = step.flag;
            RoomCommand::Publish(publish)
        }
        3 | 4 => {
            let source = [TrackSource::Microphone, TrackSource::Camera, TrackSource::ScreenShare][step.which % 3];
            announce(kind, source, ["mic", "cam", "screen"][step.which % 3])
        }
        5 => RoomCommand::Unpublish(PublishedTarget::Stream(key.stream)),
        6 => RoomCommand::Unpublish(PublishedTarget::Track(track)),
        7..=10 => {
            let role = match topology {
                Topology::PerStream if step.flag => TransportRole::Up(key.stream),
                Topology::PerStream => TransportRole::Down(key),
                Topology::PublisherSubscriber => TransportRole::Publisher,
                Topology::Single => TransportRole::Single,
            };
            let description = known.next_offer(who, role, step);
            RoomCommand::Negotiate { role, description, renew: step.whom == 3 }
        }
        11..=13 => {
            let index = known.offers.iter().position(|(to, ..)| to.peer == who.peer)?;
            let (_, role, offer) = known.offers.remove(index);
            negotiate(role, answer_to(&offer))
        }
        14 => {
            let role = TransportRole::Subscriber;
            known.offers.retain(|(to, ..)| to.peer != who.peer);
            RoomCommand::RestartIce { role }
        }
        15 | 16 => {
            let via = match (topology, step.flag) {
                (Topology::PerStream, true) => SubscribeVia::ServerOffer { renew: step.whom > 3 },
                (Topology::PerStream, false) => SubscribeVia::ClientOffer { offer: receiving(), renew: step.whom > 3 },
                (Topology::PublisherSubscriber | Topology::Single, _) => SubscribeVia::Common,
            };
            subscribe(key, via)
        }
        17 => RoomCommand::Unsubscribe(SubscriptionTarget::Stream(key)),
        18 => RoomCommand::Unsubscribe(SubscriptionTarget::Track(track)),
        19 => RoomCommand::SetMuted { participant: Some(whom.id), track, muted: step.flag },
        20 => {
            let wishes = SubscriptionWishes { disabled: step.flag, ..SubscriptionWishes::default() };
            RoomCommand::TuneSubscription { tracks: vec![track], wishes }
        }
        21 => RoomCommand::Remove { participant: whom.id, reason: LeaveReason::ForcedByUser },
        22 => RoomCommand::ForceUnpublish { participant: key.participant, target: PublishedTarget::Stream(key.stream) },
        23 => RoomCommand::Signal(Signal { to: Vec::new(), kind: None, data: None }),
        26 if step.which.is_multiple_of(3) => RoomCommand::Admit(None),
        26 => {
            let tracks = step.flag.then(|| vec![track]);
            let participant = Some(whom.id);
            RoomCommand::Admit(Some(vec![Admission { participant, tracks, ..Admission::default() }]))
        }
        _ => return None,
    };
    Some(command)
}

fn media_of(scene: &Scene, step: Step) -> Option<MediaEvent> {
    let transports: Vec<_> = scene.worker.transports.keys().copied().collect();
    let producers: Vec<_> = scene.worker.producers.keys().copied().collect();
    Some(match step.whom % 4 {
        0 => MediaEvent::TransportConnected(pick(&transports, step.which)?),
        1 => MediaEvent::TransportDisconnected(pick(&transports, step.which)?),
        2 => MediaEvent::TransportClosed { transport: pick(&transports, step.which)?, cause: FailureCause::Dtls },
        _ => MediaEvent::ProducerStarted { producer: pick(&producers, step.which)?, codec: Codec::Vp8 },
    })
}

fn take(scene: &mut Scene, known: &mut Knowledge, step: Step) {
    let outcome = match step.verb {
        0 | 1 => join(scene, known, step),
        24 => match media_of(scene, step) {
            Some(event) => scene.media(event),
            None => return,
        },
        25 if step.flag => {
            let Some((whom, _)) = pick(&known.everybody, step.whom) else { return };
            let permissions = Permissions { subscribe: step.which.is_multiple_of(2), ..Permissions::publisher() };
            let update = ParticipantUpdate { permissions: Some(permissions), ..ParticipantUpdate::default() };
            let participant = Some(whom.id);
            scene.api(RoomCommand::UpdateParticipant { participant, update: Box::new(update) })
        }
        25 => scene.after(Duration::from_secs(5)),
        _ => {
            let Some((who, topology)) = pick(&known.everybody, step.who) else { return };
            match command_of(known, step, who, topology) {
                Some(command) => scene.ask(who, command),
                None => return,
            }
        }
    };
    known.learn(&outcome);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn any_commands_in_any_order_keep_room_and_worker_in_step(steps in steps()) {
        let lifecycle = Lifecycle::Timeouts { empty: Duration::from_secs(300), departure: Duration::from_secs(300) };
        let mut scene = Scene::new(lifecycle);
        let mut known = Knowledge::default();
        for step in steps {
            take(&mut scene, &mut known, step);
        }
        for (who, _) in known.everybody {
            scene.ask(who, RoomCommand::Leave { reason: LeaveReason::ByClient });
        }
        prop_assert!(scene.worker.is_empty(), "nothing stays on the worker when everybody has left");
    }
}
