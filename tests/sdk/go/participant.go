package main

import (
	"errors"
	"sync"
	"time"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4"
)

// One room of the SDK, its tracks as they come in, and what of it is published again.
type participant struct {
	tell func(event map[string]any)
	lock sync.Mutex
	room *lksdk.Room
	// By the track's sid.
	received map[string]*reception
	// Sender reports of the track that they are counted of.
	reports int
}

func newParticipant(tell func(map[string]any)) *participant {
	return &participant{tell: tell, received: map[string]*reception{}}
}

type connectParams struct {
	URL   string `json:"url"`
	Token string `json:"token"`
	// One PeerConnection instead of two.
	Single bool `json:"single"`
	// Metadata and attributes that the SDK sends with its join.
	Metadata   string            `json:"metadata"`
	Attributes map[string]string `json:"attributes"`
	// Joins with a track already published under this name.
	Silence string `json:"silence"`
	// With these the SDK makes the token itself.
	Key      string `json:"key"`
	Secret   string `json:"secret"`
	Room     string `json:"room"`
	Identity string `json:"identity"`
}

func (p *participant) connect(params connectParams) (any, error) {
	p.close()
	options := []lksdk.ConnectOption{}
	if params.Single {
		options = append(options, lksdk.WithSinglePeerConnection())
	}
	if params.Metadata != "" {
		options = append(options, lksdk.WithMetadata(params.Metadata), lksdk.WithExtraAttributes(params.Attributes))
	}
	if params.Silence != "" {
		track, err := newSilence()
		if err != nil {
			return nil, err
		}
		options = append(options, lksdk.WithTrack(track, &lksdk.TrackPublicationOptions{Name: params.Silence, Source: livekit.TrackSource_SCREEN_SHARE_AUDIO}))
	}
	room, err := p.join(params, options)
	if err != nil {
		return nil, err
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	p.room = room
	return nil, nil
}

func (p *participant) join(params connectParams, options []lksdk.ConnectOption) (*lksdk.Room, error) {
	if params.Key == "" {
		return lksdk.ConnectToRoomWithToken(params.URL, params.Token, p.callbacks(), options...)
	}
	info := lksdk.ConnectInfo{APIKey: params.Key, APISecret: params.Secret, RoomName: params.Room, ParticipantIdentity: params.Identity}
	return lksdk.ConnectToRoom(params.URL, info, p.callbacks(), options...)
}

func (p *participant) close() {
	p.lock.Lock()
	room := p.room
	p.room = nil
	p.reports = 0
	p.received = map[string]*reception{}
	p.lock.Unlock()
	if room != nil {
		room.Disconnect()
	}
}

func (p *participant) event(kind, who, track string, values ...any) {
	event := map[string]any{"type": kind, "values": append([]any{}, values...)}
	if who != "" {
		event["participant"] = who
	}
	if track != "" {
		event["track"] = track
	}
	p.tell(event)
}

func (p *participant) callbacks() *lksdk.RoomCallback {
	room := lksdk.NewRoomCallback()
	room.OnDisconnectedWithReason = func(reason lksdk.DisconnectionReason) { p.event("disconnected", "", "", reason) }
	room.OnParticipantConnected = func(one *lksdk.RemoteParticipant) { p.event("participant_connected", one.Identity(), "") }
	room.OnParticipantDisconnected = func(one *lksdk.RemoteParticipant) { p.event("participant_disconnected", one.Identity(), "") }
	room.OnActiveSpeakersChanged = func(all []lksdk.Participant) {
		who := []string{}
		for _, one := range all {
			who = append(who, one.Identity())
		}
		p.event("active_speakers_changed", "", "", who)
	}
	room.OnRoomMetadataChanged = func(metadata string) { p.event("room_metadata_changed", "", "", metadata) }
	room.OnReconnecting = func() { p.event("reconnecting", "", "") }
	room.OnReconnected = func() { p.event("reconnected", "", "") }
	room.OnLocalTrackSubscribed = func(it *lksdk.LocalTrackPublication, _ *lksdk.LocalParticipant) {
		p.event("local_track_subscribed", "", it.SID())
	}
	p.trackCallbacks(&room.ParticipantCallback)
	p.dataCallbacks(&room.ParticipantCallback)
	return room
}

func (p *participant) trackCallbacks(of *lksdk.ParticipantCallback) {
	of.OnLocalTrackPublished = func(it *lksdk.LocalTrackPublication, _ *lksdk.LocalParticipant) {
		p.event("local_track_published", "", it.SID())
	}
	of.OnLocalTrackUnpublished = func(it *lksdk.LocalTrackPublication, _ *lksdk.LocalParticipant) {
		p.event("local_track_unpublished", "", it.SID())
	}
	of.OnTrackMuted = func(it lksdk.TrackPublication, who lksdk.Participant) {
		p.event("track_muted", who.Identity(), it.SID())
	}
	of.OnTrackUnmuted = func(it lksdk.TrackPublication, who lksdk.Participant) {
		p.event("track_unmuted", who.Identity(), it.SID())
	}
	of.OnTrackPublished = func(it *lksdk.RemoteTrackPublication, who *lksdk.RemoteParticipant) {
		p.event("track_published", who.Identity(), it.SID())
	}
	of.OnTrackUnpublished = func(it *lksdk.RemoteTrackPublication, who *lksdk.RemoteParticipant) {
		p.event("track_unpublished", who.Identity(), it.SID())
	}
	of.OnTrackSubscribed = func(track *webrtc.TrackRemote, it *lksdk.RemoteTrackPublication, who *lksdk.RemoteParticipant) {
		p.lock.Lock()
		// A track may come anew (another subscription, another receiver): what repeats it goes on.
		p.received[it.SID()] = receive(track, who, p.received[it.SID()])
		p.lock.Unlock()
		p.event("track_subscribed", who.Identity(), it.SID())
	}
	of.OnTrackUnsubscribed = func(_ *webrtc.TrackRemote, it *lksdk.RemoteTrackPublication, who *lksdk.RemoteParticipant) {
		p.event("track_unsubscribed", who.Identity(), it.SID())
	}
	of.OnMetadataChanged = func(_ string, who lksdk.Participant) {
		p.event("participant_metadata_changed", who.Identity(), "")
	}
	of.OnAttributesChanged = func(_ map[string]string, who lksdk.Participant) {
		p.event("participant_attributes_changed", who.Identity(), "")
	}
	of.OnConnectionQualityChanged = func(update *livekit.ConnectionQualityInfo, who lksdk.Participant) {
		p.event("connection_quality_changed", who.Identity(), "", update.Quality)
	}
}

func (p *participant) joined() (*lksdk.Room, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.room == nil {
		return nil, errors.New("not in a room")
	}
	return p.room, nil
}

// A command that needs the room.
func inRoom[P any](p *participant, run func(*lksdk.Room, P) (any, error)) handler {
	return with(func(params P) (any, error) {
		room, err := p.joined()
		if err != nil {
			return nil, err
		}
		return run(room, params)
	})
}

type nothing struct{}

type track struct {
	Identity   string `json:"identity"`
	SID        string `json:"sid"`
	Subscribed bool   `json:"subscribed"`
	Muted      bool   `json:"muted"`
	Value      int32  `json:"value"`
}

type describe struct {
	Value  string            `json:"value"`
	Values map[string]string `json:"values"`
}

func (p *participant) commands() map[string]handler {
	all := map[string]handler{
		"connect":       with(p.connect),
		"disconnect":    inRoom(p, func(room *lksdk.Room, _ nothing) (any, error) { room.Disconnect(); return nil, nil }),
		"view":          inRoom(p, p.view),
		"echo":          inRoom(p, p.echo),
		"silence":       inRoom(p, publishSilence),
		"echo_layers":   inRoom(p, p.echoLayers),
		"inspect":       inRoom(p, p.inspect),
		"inspect_own":   inRoom(p, inspectOwn),
		"count_reports": inRoom(p, p.countReports),
		"metadata": inRoom(p, func(room *lksdk.Room, by describe) (any, error) {
			room.LocalParticipant.SetMetadata(by.Value)
			return nil, nil
		}),
		"rename": inRoom(p, func(room *lksdk.Room, by describe) (any, error) {
			room.LocalParticipant.SetName(by.Value)
			return nil, nil
		}),
		"attributes": inRoom(p, func(room *lksdk.Room, by describe) (any, error) {
			room.LocalParticipant.SetAttributes(by.Values)
			return nil, nil
		}),
		"unpublish": inRoom(p, func(room *lksdk.Room, of track) (any, error) {
			return nil, room.LocalParticipant.UnpublishTrack(of.SID)
		}),
		"mute":      inRoom(p, mute),
		"subscribe": inRoom(p, subscribe),
		"enable":    inRoom(p, enable),
		"quality":   inRoom(p, quality),
		"permit":    inRoom(p, permit),
		"simulate":  inRoom(p, simulate),
	}
	for name, run := range p.dataCommands() {
		all[name] = run
	}
	return all
}

func mute(room *lksdk.Room, of track) (any, error) {
	it, err := published(room, of.SID)
	if err != nil {
		return nil, err
	}
	it.SetMuted(of.Muted)
	return nil, nil
}

func remote(room *lksdk.Room, of track) (*lksdk.RemoteTrackPublication, error) {
	who := room.GetParticipantByIdentity(of.Identity)
	if who == nil {
		return nil, errors.New("no such participant")
	}
	for _, it := range who.TrackPublications() {
		if it.SID() == of.SID {
			return it.(*lksdk.RemoteTrackPublication), nil
		}
	}
	return nil, errors.New("no such track")
}

func subscribe(room *lksdk.Room, of track) (any, error) {
	it, err := remote(room, of)
	if err != nil {
		return nil, err
	}
	return nil, it.SetSubscribed(of.Subscribed)
}

func enable(room *lksdk.Room, of track) (any, error) {
	it, err := remote(room, of)
	if err != nil {
		return nil, err
	}
	it.SetEnabled(of.Subscribed)
	if it.IsEnabled() != of.Subscribed {
		return nil, errors.New("not as it was set")
	}
	return nil, nil
}

func quality(room *lksdk.Room, of track) (any, error) {
	it, err := remote(room, of)
	if err != nil {
		return nil, err
	}
	it.SetEnabled(true)
	it.SetVideoDimensions(320, 240)
	return nil, it.SetVideoQuality(livekit.VideoQuality(of.Value))
}

type permission struct {
	Everybody  bool     `json:"everybody"`
	Identities []string `json:"identities"`
}

func permit(room *lksdk.Room, to permission) (any, error) {
	all := []*livekit.TrackPermission{}
	for _, identity := range to.Identities {
		all = append(all, &livekit.TrackPermission{ParticipantIdentity: identity, AllTracks: true})
	}
	room.LocalParticipant.SetSubscriptionPermission(&livekit.SubscriptionPermission{AllParticipants: to.Everybody, TrackPermissions: all})
	return nil, nil
}

type scenario struct {
	Scenario string `json:"scenario"`
}

func simulate(room *lksdk.Room, by scenario) (any, error) {
	known := map[string]lksdk.SimulateScenario{
		"SIMULATE_SIGNAL_RECONNECT": lksdk.SimulateSignalReconnect,
		"SIMULATE_FULL_RECONNECT":   lksdk.SimulateLeaveRequestFullReconnect,
	}
	wanted, found := known[by.Scenario]
	if !found {
		return nil, errors.New("no such scenario")
	}
	room.Simulate(wanted)
	return nil, nil
}

func (p *participant) view(room *lksdk.Room, _ nothing) (any, error) {
	remotes := map[string]any{}
	for _, one := range room.GetRemoteParticipants() {
		remotes[one.Identity()] = p.person(one, one.TrackPublications())
	}
	return map[string]any{
		"connected": room.ConnectionState() == lksdk.ConnectionStateConnected,
		"state":     room.ConnectionState(),
		"room":      map[string]any{"sid": room.SID(), "name": room.Name(), "metadata": room.Metadata(), "recording": room.IsRecording()},
		"server":    room.ServerInfo().GetVersion(),
		"me":        p.person(room.LocalParticipant, room.LocalParticipant.TrackPublications()),
		"remotes":   remotes,
	}, nil
}

func (p *participant) person(one lksdk.Participant, publications []lksdk.TrackPublication) map[string]any {
	tracks := map[string]any{}
	for _, it := range publications {
		tracks[it.SID()] = p.publication(it)
	}
	return map[string]any{
		"sid": one.SID(), "identity": one.Identity(), "name": one.Name(), "metadata": one.Metadata(), "attributes": one.Attributes(),
		"kind": one.Kind(), "speaking": one.IsSpeaking(), "audioLevel": one.AudioLevel(), "tracks": tracks,
		"camera": one.IsCameraEnabled(), "microphone": one.IsMicrophoneEnabled(), "screen": one.IsScreenShareEnabled(),
		"canPublish": one.Permissions().GetCanPublish(),
	}
}

func (p *participant) publication(it lksdk.TrackPublication) map[string]any {
	p.lock.Lock()
	reception := p.received[it.SID()]
	p.lock.Unlock()
	view := map[string]any{
		"sid": it.SID(), "name": it.Name(), "kind": it.Kind(), "source": it.Source(), "muted": it.IsMuted(), "mime": it.MimeType(),
		"subscribed": it.IsSubscribed(),
	}
	if reception != nil {
		view["received"] = reception.view()
	}
	return view
}

// How long a caller waits for an answer unless it says so.
const callLimit = 15 * time.Second
