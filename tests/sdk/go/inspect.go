package main

import (
	"errors"
	"strings"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtcp"
)

// What of the SDK a view does not show: further ways to the same things, which must agree.
func (p *participant) inspect(room *lksdk.Room, of track) (any, error) {
	it, err := remote(room, of)
	if err != nil {
		return nil, err
	}
	who := room.GetParticipantByIdentity(of.Identity)
	if room.GetParticipantBySID(who.SID()) != who || who.GetTrackPublication(it.Source()) != lksdk.TrackPublication(it) {
		return nil, errors.New("one participant or track in two forms")
	}
	if it.TrackRemote() == nil || it.Track() != lksdk.Track(it.TrackRemote()) || it.Receiver() == nil {
		return nil, errors.New("a subscribed track without its receiver")
	}
	p.lock.Lock()
	reports := p.reports
	p.lock.Unlock()
	return map[string]any{
		"sid": it.TrackInfo().GetSid(), "trailer": string(room.SifTrailer()), "speakers": len(room.ActiveSpeakers()),
		"reason": who.DisconnectReason().String(), "ownReason": room.DisconnectReason().String(),
		"screenAudio": who.IsScreenShareAudioEnabled(), "reports": reports,
		"publisher": room.LocalParticipant.GetPublisherPeerConnection() != nil, "subscriber": room.LocalParticipant.GetSubscriberPeerConnection() != nil,
	}, nil
}

// Counts the sender reports of a track that is received.
func (p *participant) countReports(room *lksdk.Room, of track) (any, error) {
	it, err := remote(room, of)
	if err != nil {
		return nil, err
	}
	it.OnRTCP(func(packet rtcp.Packet) {
		if _, is := packet.(*rtcp.SenderReport); is {
			p.lock.Lock()
			p.reports++
			p.lock.Unlock()
		}
	})
	return nil, nil
}

func published(room *lksdk.Room, sid string) (*lksdk.LocalTrackPublication, error) {
	for _, it := range room.LocalParticipant.TrackPublications() {
		if it.SID() == sid {
			return it.(*lksdk.LocalTrackPublication), nil
		}
	}
	return nil, errors.New("no such track")
}

// What a publication of our own says of itself.
func inspectOwn(room *lksdk.Room, of track) (any, error) {
	it, err := published(room, of.SID)
	if err != nil {
		return nil, err
	}
	layers := []string{}
	for _, layer := range it.TrackLocalForSimulcast() {
		layers = append(layers, layer.RID())
	}
	told := map[string]any{
		"name": it.PublicationOptions().Name, "single": it.TrackLocal() != nil, "layers": layers,
		"high": it.GetSimulcastTrack(livekit.VideoQuality_HIGH) != nil, "codec": strings.ToLower(it.TrackInfo().GetMimeType()),
	}
	if one, is := it.TrackLocal().(*lksdk.LocalTrack); is {
		told["bound"], told["ssrc"], told["kind"], told["mime"] = one.IsBound(), one.SSRC() != 0, one.Kind().String(), strings.ToLower(one.Codec().MimeType)
	}
	return told, nil
}
