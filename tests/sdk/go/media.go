package main

import (
	"sync"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// A track as it comes in: its packets are counted and, where it is echoed, written to a track of our own.
type reception struct {
	lock    sync.Mutex
	track   *webrtc.TrackRemote
	who     *lksdk.RemoteParticipant
	packets int
	bytes   int
	// Sequence numbers that came twice or not at all, counted against the first and last one.
	first, last uint16
	seen        bool
	echo        *lksdk.LocalTrack
}

func receive(track *webrtc.TrackRemote, who *lksdk.RemoteParticipant) *reception {
	it := &reception{track: track, who: who}
	go it.run()
	return it
}

func (r *reception) run() {
	for {
		packet, _, err := r.track.ReadRTP()
		if err != nil {
			return
		}
		r.take(packet)
	}
}

func (r *reception) take(packet *rtp.Packet) {
	r.lock.Lock()
	r.packets++
	r.bytes += len(packet.Payload)
	if !r.seen {
		r.seen, r.first = true, packet.SequenceNumber
	}
	r.last = packet.SequenceNumber
	echo := r.echo
	r.lock.Unlock()
	if echo != nil {
		// A packet that cannot be written is a packet lost: the picture at the other side shows it.
		_ = echo.WriteRTP(packet, nil)
	}
}

func (r *reception) view() map[string]any {
	r.lock.Lock()
	defer r.lock.Unlock()
	return map[string]any{
		"packets": r.packets, "bytes": r.bytes, "span": int(r.last-r.first) + 1, "mime": r.track.Codec().MimeType,
		"clock": r.track.Codec().ClockRate, "kind": r.track.Kind().String(),
	}
}

type echoParams struct {
	Identity string `json:"identity"`
	SID      string `json:"sid"`
	Name     string `json:"name"`
}

// Publishes what comes in on a track of somebody as a track of our own, packet by packet; answers the new track's sid.
func (p *participant) echo(room *lksdk.Room, of echoParams) (any, error) {
	it, err := remote(room, track{Identity: of.Identity, SID: of.SID})
	if err != nil {
		return nil, err
	}
	p.lock.Lock()
	source := p.received[of.SID]
	p.lock.Unlock()
	wantsKey := func(packet rtcp.Packet) {
		switch packet.(type) {
		case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
			source.who.WritePLI(source.track.SSRC())
		}
	}
	own, err := lksdk.NewLocalTrack(source.track.Codec().RTPCodecCapability, lksdk.WithRTCPHandler(wantsKey))
	if err != nil {
		return nil, err
	}
	from := livekit.TrackSource_CAMERA
	if it.Kind() == lksdk.TrackKindAudio {
		from = livekit.TrackSource_MICROPHONE
	}
	options := lksdk.TrackPublicationOptions{Name: of.Name, Source: from, VideoWidth: 320, VideoHeight: 240}
	published, err := room.LocalParticipant.PublishTrack(own, &options)
	if err != nil {
		return nil, err
	}
	source.lock.Lock()
	source.echo = own
	source.lock.Unlock()
	source.who.WritePLI(source.track.SSRC())
	return published.SID(), nil
}
