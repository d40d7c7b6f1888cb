//! A LiveKit application in miniature: protobuf signalling of either generation over bytes, one or two PeerConnections,
//! and the picture of the room that the SDK would give its application.
use super::pc::Pc;
use super::view::{Source, View};
use livekit_protocol as proto;
use prost::Message;
use proto::participant_info::State;
use proto::signal_request::Message as Request;
use proto::signal_response::Message as Response;
use sfu_core::signal::Frame;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Instant;
use str0m::media::MediaKind;

/// Which generation of signalling it speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Generation {
    /// `/rtc`: the server offers what is received.
    Two,
    /// `/rtc/v1`: one PeerConnection, on which the client offers.
    One,
}

/// The application.
pub struct LiveKitApp {
    /// Its user's identity.
    pub name: String,
    generation: Generation,
    /// Frames to the server.
    pub out: Vec<Frame>,
    /// Everything that came, in order.
    pub came: Vec<Response>,
    has_begun: bool,
    /// What the server said when the client came in.
    pub join: Option<proto::JoinResponse>,
    /// The others (and itself) as the server described them last, by sid.
    people: BTreeMap<String, proto::ParticipantInfo>,
    /// Its own tracks: by source the sid, once the server has told.
    pub published: BTreeMap<Source, String>,
    adding: BTreeMap<String, (Source, bool)>,
    /// The PeerConnection that it offers on.
    pub sending: Pc,
    /// The PeerConnection on which the server offers; none with single signalling.
    pub receiving: Option<Pc>,
    offer_id: u32,
    offer_wanted: bool,
    /// The last word of the server's, where it has ended the session.
    pub leave: Option<proto::LeaveRequest>,
    /// The close code and reason of its socket.
    pub closed: Option<(u16, String)>,
    /// Packets on its data channels.
    pub packets: Vec<(String, proto::DataPacket)>,
    /// It came back after its socket was lost.
    pub resumed: u32,
}

impl LiveKitApp {
    /// An application that has not connected yet.
    pub fn new(name: &str, generation: Generation, address: SocketAddr, now: Instant) -> Self {
        let at = |port: u16| SocketAddr::new(address.ip(), port);
        let receiving = match generation {
            Generation::Two => Some(Pc::new(format!("{name}'s subscriber"), at(5001), now)),
            Generation::One => None,
        };
        let mut app = Self {
            name: name.to_owned(),
            generation,
            out: Vec::new(),
            came: Vec::new(),
            has_begun: false,
            join: None,
            people: BTreeMap::new(),
            published: BTreeMap::new(),
            adding: BTreeMap::new(),
            sending: Pc::new(format!("{name}'s publisher"), at(5000), now),
            receiving,
            offer_id: 0,
            offer_wanted: false,
            leave: None,
            closed: None,
            packets: Vec::new(),
            resumed: 0,
        };
        app.sending.channel("_lossy", true);
        app.sending.channel("_reliable", false);
        if generation == Generation::One {
            // What the SDK prepares for the first ones that it may receive.
            app.sending.receive(MediaKind::Audio);
            app.sending.receive(MediaKind::Video);
        }
        app
    }

    /// The offer that goes along in the URL, where the generation does that.
    pub fn first_offer(&mut self) -> Option<proto::SessionDescription> {
        (self.generation == Generation::One).then(|| self.make_offer())
    }

    /// Sends a request.
    pub fn request(&mut self, message: Request) {
        let request = proto::SignalRequest { message: Some(message) };
        self.out.push(Frame::Binary(request.encode_to_vec()));
    }

    /// Publishes a track: first the announcement, with the server's word for it the offer.
    pub fn publish(&mut self, source: Source) {
        self.add_track(source, Vec::new());
    }

    /// Publishes the camera in three layers.
    pub fn publish_layers(&mut self) {
        let layer = |quality: proto::VideoQuality, width, height| proto::VideoLayer {
            quality: quality.into(),
            width,
            height,
            ..proto::VideoLayer::default()
        };
        let layers = vec![
            layer(proto::VideoQuality::Low, 160, 120),
            layer(proto::VideoQuality::Medium, 320, 240),
            layer(proto::VideoQuality::High, 640, 480),
        ];
        self.add_track(Source::Camera, layers);
    }

    fn add_track(&mut self, source: Source, layers: Vec<proto::VideoLayer>) {
        let cid = format!("{}-{}", self.name, source.name().replace(' ', "-"));
        self.adding.insert(cid.clone(), (source, !layers.is_empty()));
        let kind = if source.is_sound() { proto::TrackType::Audio } else { proto::TrackType::Video };
        let (width, height) = if source.is_sound() { (0, 0) } else { (640, 480) };
        self.request(Request::AddTrack(proto::AddTrackRequest {
            cid,
            name: source.name().to_owned(),
            r#type: kind.into(),
            source: wire(source).into(),
            width,
            height,
            layers,
            ..proto::AddTrackRequest::default()
        }));
    }

    /// Asks for a quality of somebody's camera.
    pub fn want_quality(&mut self, whose: &str, quality: proto::VideoQuality) {
        let track_sids = vec![self.sid_of(whose, Source::Camera)];
        let settings = proto::UpdateTrackSettings { track_sids, quality: quality.into(), ..Default::default() };
        self.request(Request::TrackSetting(settings));
    }

    /// Stops publishing: by an offer in which the track is no longer sent.
    pub fn unpublish(&mut self, source: Source) {
        self.published.remove(&source);
        self.sending.stop(&label(&self.name, source));
        self.offer();
    }

    /// Mutes or unmutes one of its tracks.
    pub fn mute(&mut self, source: Source, muted: bool) {
        let sid =
            self.published.get(&source).cloned().unwrap_or_else(|| panic!("{} has no {}", self.name, source.name()));
        self.request(Request::Mute(proto::MuteTrackRequest { sid, muted }));
    }

    /// Leaves in an orderly way.
    pub fn leave(&mut self) {
        let leave = proto::LeaveRequest {
            reason: proto::DisconnectReason::ClientInitiated.into(),
            action: proto::leave_request::Action::Disconnect.into(),
            ..proto::LeaveRequest::default()
        };
        self.request(Request::Leave(leave));
    }

    /// Subscribes to tracks of somebody's, or unsubscribes.
    pub fn subscribe(&mut self, whose: &str, source: Source, subscribe: bool) {
        let track_sids = vec![self.sid_of(whose, source)];
        let request = proto::UpdateSubscription { track_sids, subscribe, ..proto::UpdateSubscription::default() };
        self.request(Request::Subscription(request));
    }

    /// The sid of somebody's track.
    pub fn sid_of(&self, whose: &str, source: Source) -> String {
        let tracks =
            self.people.values().filter(|person| shown_name(person) == whose).flat_map(|person| &person.tracks);
        let track = tracks.into_iter().find(|track| track.source() == wire(source));
        track.unwrap_or_else(|| panic!("{} knows no {} of {whose}", self.name, source.name())).sid.clone()
    }

    /// Somebody as the server described them last, by the name that is shown.
    pub fn person(&self, name: &str) -> Option<&proto::ParticipantInfo> {
        self.people.values().find(|person| shown_name(person) == name)
    }

    /// Itself.
    pub fn me(&self) -> &proto::ParticipantInfo {
        let join = self.join.as_ref().unwrap_or_else(|| panic!("{} has not joined", self.name));
        let sid = &join.participant.as_ref().expect("a join response names its participant").sid;
        &self.people[sid]
    }

    /// The request responses that came.
    pub fn responses(&self) -> impl Iterator<Item = &proto::RequestResponse> {
        self.came
            .iter()
            .filter_map(|response| if let Response::RequestResponse(it) = response { Some(it) } else { None })
    }

    /// A frame of the server's.
    pub fn take(&mut self, frame: &Frame) {
        let Frame::Binary(bytes) = frame else { panic!("{}: text came to a protobuf client: {frame:?}", self.name) };
        let response = proto::SignalResponse::decode(bytes.as_slice()).expect("a signal response");
        let message = response.message.unwrap_or_else(|| panic!("{}: an empty response", self.name));
        self.came.push(message.clone());
        if !std::mem::replace(&mut self.has_begun, true) {
            let first = matches!(message, Response::Join(_) | Response::Leave(_));
            assert!(first, "{}: the first message is a join or a leave: {message:?}", self.name);
        }
        self.heed(message);
    }

    fn heed(&mut self, message: Response) {
        match message {
            Response::Join(join) => self.on_join(join),
            Response::Answer(answer) => {
                assert_eq!(answer.id, self.offer_id, "{}: the answer to the last offer", self.name);
                self.sending.accept_answer(&answer.sdp);
                if std::mem::take(&mut self.offer_wanted) {
                    self.offer();
                }
            }
            Response::Offer(offer) => {
                let pc = self.receiving.as_mut().unwrap_or_else(|| panic!("{}: an offer to a single one", self.name));
                let sdp = pc.accept_offer(&offer.sdp);
                let id = offer.id;
                let answer = proto::SessionDescription { r#type: "answer".to_owned(), sdp, id, ..Default::default() };
                self.request(Request::Answer(answer));
            }
            Response::Update(update) => update.participants.into_iter().for_each(|person| self.learn(person)),
            Response::TrackPublished(published) => self.on_track_published(published),
            Response::MediaSectionsRequirement(wanted) => {
                assert_eq!(self.generation, Generation::One, "only single connections are asked for sections");
                (0..wanted.num_audios).for_each(|_| self.sending.receive(MediaKind::Audio));
                (0..wanted.num_videos).for_each(|_| self.sending.receive(MediaKind::Video));
                self.offer();
            }
            Response::TrackUnpublished(gone) => self.published.retain(|_, sid| *sid != gone.track_sid),
            Response::Leave(leave) => self.leave = Some(leave),
            Response::Reconnect(_) => self.on_reconnect(),
            _ => {}
        }
    }

    fn on_join(&mut self, join: proto::JoinResponse) {
        let everybody = join.participant.iter().chain(&join.other_participants).cloned().collect::<Vec<_>>();
        self.join = Some(join);
        everybody.into_iter().for_each(|person| self.learn(person));
    }

    fn learn(&mut self, person: proto::ParticipantInfo) {
        if person.state() == State::Disconnected {
            self.people.remove(&person.sid);
            return;
        }
        let known = self.people.get(&person.sid).is_some_and(|known| known.version > person.version);
        if !known {
            self.people.insert(person.sid.clone(), person);
        }
    }

    /// What the SDK says when it is back: what it believes, and ICE of what it sends anew.
    fn on_reconnect(&mut self) {
        self.resumed += 1;
        let track = |sid: &String| proto::TrackInfo { sid: sid.clone(), ..proto::TrackInfo::default() };
        let publish_tracks = self
            .published
            .values()
            .map(|sid| proto::TrackPublishedResponse { cid: String::new(), track: Some(track(sid)) })
            .collect();
        self.request(Request::SyncState(proto::SyncState { publish_tracks, ..proto::SyncState::default() }));
        if self.sending.remote_ufrag.is_some() {
            self.sending.restart();
            self.offer();
        }
    }

    fn on_track_published(&mut self, published: proto::TrackPublishedResponse) {
        let (source, layered) =
            self.adding.remove(&published.cid).unwrap_or_else(|| panic!("{}: nobody added this", self.name));
        let track = published.track.expect("a published track");
        self.published.insert(source, track.sid);
        let label = label(&self.name, source);
        if layered {
            self.sending.send_layers(&label, &published.cid);
        } else {
            self.sending.send(source.kind(), &label, &published.cid);
        }
        self.offer();
    }

    /// Offers now, or as soon as the offer under way is answered.
    pub fn offer(&mut self) {
        if self.sending.is_offering() {
            self.offer_wanted = true;
            return;
        }
        let offer = self.make_offer();
        self.request(Request::Offer(offer));
    }

    fn make_offer(&mut self) -> proto::SessionDescription {
        self.offer_id += 1;
        let sdp = self.sending.offer();
        proto::SessionDescription { r#type: "offer".to_owned(), sdp, id: self.offer_id, ..Default::default() }
    }

    /// What its user sees.
    pub fn view(&self) -> View {
        let mut view = View::default();
        let me = self.join.as_ref().and_then(|join| join.participant.as_ref()).map(|me| me.sid.as_str());
        for person in self.people.values().filter(|person| Some(person.sid.as_str()) != me) {
            let name = shown_name(person);
            view.person(&name);
            for track in &person.tracks {
                let what = match track.source() {
                    proto::TrackSource::Microphone | proto::TrackSource::Camera => "camera",
                    proto::TrackSource::ScreenShare | proto::TrackSource::ScreenShareAudio => "screen",
                    proto::TrackSource::Unknown => "other",
                };
                let tile = view.tile(&name, what);
                match track.r#type() {
                    proto::TrackType::Audio => tile.sound |= !track.muted,
                    proto::TrackType::Video => tile.picture |= !track.muted,
                    proto::TrackType::Data => {}
                }
            }
        }
        view
    }

    /// Its PeerConnections.
    pub fn pcs(&self) -> impl Iterator<Item = &Pc> {
        std::iter::once(&self.sending).chain(&self.receiving)
    }

    /// Its PeerConnections.
    pub fn pcs_mut(&mut self) -> impl Iterator<Item = &mut Pc> {
        std::iter::once(&mut self.sending).chain(&mut self.receiving)
    }

    /// Which generation of signalling it speaks.
    pub fn generation(&self) -> Generation {
        self.generation
    }
}

/// The name that an application shows for somebody.
fn shown_name(person: &proto::ParticipantInfo) -> String {
    if person.name.is_empty() { person.identity.clone() } else { person.name.clone() }
}

/// What a track is called in flows: `alice camera`.
pub fn label(name: &str, source: Source) -> String {
    format!("{name} {}", source.name())
}

fn wire(source: Source) -> proto::TrackSource {
    match source {
        Source::Microphone => proto::TrackSource::Microphone,
        Source::Camera => proto::TrackSource::Camera,
        Source::Screen => proto::TrackSource::ScreenShare,
        Source::ScreenSound => proto::TrackSource::ScreenShareAudio,
    }
}
