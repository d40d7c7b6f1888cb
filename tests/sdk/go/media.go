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
	lock  sync.Mutex
	track *webrtc.TrackRemote
	who   *lksdk.RemoteParticipant
	// The PeerConnection that it comes by, where that is the only one.
	single  *webrtc.PeerConnection
	packets int
	bytes   int
	// Sequence numbers that came twice or not at all, counted against the first and last one.
	first, last uint16
	seen        bool
	echoes      []*echo
}

// A track of our own that repeats what is received. It goes on where its source comes anew, with numbers of its own: to the
// other side it is one stream.
type echo struct {
	own    *lksdk.LocalTrack
	source *reception
	// What is added to the source's numbers.
	sequenceShift  uint16
	timestampShift uint32
	lastSequence   uint16
	lastTimestamp  uint32
}

func (e *echo) write(source *reception, packet *rtp.Packet) {
	if e.source != nil && e.source != source {
		e.sequenceShift = e.lastSequence + 1 - packet.SequenceNumber
		e.timestampShift = e.lastTimestamp + source.track.Codec().ClockRate/10 - packet.Timestamp
	}
	e.source = source
	// Header extensions are this connection's and mean other things on the way out.
	copied := packet.Clone()
	copied.Header.Extension, copied.Header.Extensions = false, nil
	copied.SequenceNumber += e.sequenceShift
	copied.Timestamp += e.timestampShift
	e.lastSequence, e.lastTimestamp = copied.SequenceNumber, copied.Timestamp
	// A packet that cannot be written is a packet lost: the picture at the other side shows it.
	_ = e.own.WriteRTP(copied, nil)
}

func receive(track *webrtc.TrackRemote, who *lksdk.RemoteParticipant, before *reception) *reception {
	it := &reception{track: track, who: who}
	if before != nil {
		// The one before writes no more: two sources on one track would be no stream.
		before.lock.Lock()
		it.echoes, before.echoes, it.single = before.echoes, nil, before.single
		before.lock.Unlock()
	}
	go it.run()
	if len(it.echoes) > 0 {
		it.wantKey()
	}
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
	defer r.lock.Unlock()
	for _, echo := range r.echoes {
		echo.write(r, packet)
	}
}

// From now on what comes in goes out on this track too, from a key frame on.
func (r *reception) repeatOn(own *lksdk.LocalTrack) {
	r.lock.Lock()
	r.echoes = append(r.echoes, &echo{own: own})
	r.lock.Unlock()
	r.wantKey()
}

// Asks for a key frame. The SDK's own way does nothing where there is one PeerConnection (2.19.0).
func (r *reception) wantKey() {
	if r.single == nil {
		r.who.WritePLI(r.track.SSRC())
		return
	}
	ssrc := uint32(r.track.SSRC())
	// Where it cannot be sent, none comes: the picture at the other side shows it.
	_ = r.single.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{SenderSSRC: ssrc, MediaSSRC: ssrc}})
}

func (p *participant) reception(room *lksdk.Room, sid string) (*reception, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	source := p.received[sid]
	if source == nil {
		return nil, errors.New("nothing comes in on that track")
	}
	if room.LocalParticipant.GetSubscriberPeerConnection() == nil {
		source.single = room.LocalParticipant.GetPublisherPeerConnection()
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
	source, err := p.reception(room, of.SID)
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
