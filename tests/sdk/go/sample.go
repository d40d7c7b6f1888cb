package main

import (
	"context"
	"time"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
)

// How much sound one Opus packet of ours carries.
const sampleLength = 20 * time.Millisecond

// A microphone in a silent room, by the SDK's own packets: Opus for 20 ms of nothing.
type silence struct{ lksdk.BaseSampleProvider }

func (*silence) NextSample(context.Context) (media.Sample, error) {
	return media.Sample{Data: []byte{0xF8, 0xFF, 0xFE}, Duration: sampleLength}, nil
}

func (*silence) CurrentAudioLevel() uint8 { return 127 }

func newSilence() (*lksdk.LocalTrack, error) {
	track, err := lksdk.NewLocalSampleTrack(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2})
	if err != nil {
		return nil, err
	}
	return track, track.StartWrite(&silence{}, nil)
}

// Publishes the silence; answers its sid.
func publishSilence(room *lksdk.Room, by message) (any, error) {
	track, err := newSilence()
	if err != nil {
		return nil, err
	}
	options := lksdk.TrackPublicationOptions{Name: by.Text, Source: livekit.TrackSource_SCREEN_SHARE_AUDIO}
	published, err := room.LocalParticipant.PublishTrack(track, &options)
	if err != nil {
		return nil, err
	}
	return published.SID(), nil
}
