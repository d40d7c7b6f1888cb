package main

import (
	"errors"
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
	echoes      []*lksdk.LocalTrack
}

func receive(track *webrtc.TrackRemote, who *lksdk.RemoteParticipant, before *reception) *reception {
	it := &reception{track: track, who: who}
	if before != nil {
		before.lock.Lock()
		it.echoes = before.echoes
		before.lock.Unlock()
	}
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
	echoes := r.echoes
	r.lock.Unlock()
	for _, echo := range echoes {
		// A packet that cannot be written is a packet lost: the picture at the other side shows it. Each gets its own copy,
		// as writing changes it; header extensions are this connection's and mean other things on the way out.
		copied := packet.Clone()
		copied.Header.Extension, copied.Header.Extensions = false, nil
		_ = echo.WriteRTP(copied, nil)
	}
}

// From now on what comes in goes out on this track too, from a key frame on.
func (r *reception) repeatOn(own *lksdk.LocalTrack) {
	r.lock.Lock()
	r.echoes = append(r.echoes, own)
	r.lock.Unlock()
	r.wantKey()
}

func (r *reception) wantKey() {
	r.who.WritePLI(r.track.SSRC())
}

func (p *participant) reception(sid string) (*reception, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	source := p.received[sid]
	if source == nil {
		return nil, errors.New("nothing comes in on that track")
	}
	return source, nil
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
	source, err := p.reception(of.SID)
	if err != nil {
		return nil, err
	}
	wantsKey := func(packet rtcp.Packet) {
		switch packet.(type) {
		case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
			source.wantKey()
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
	source.repeatOn(own)
	return published.SID(), nil
}
