package main

import (
	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtcp"
)

type layers struct {
	Low  track  `json:"low"`
	High track  `json:"high"`
	Name string `json:"name"`
}

// Publishes one track of two layers, each of which repeats another received track: so a viewer sees by its picture which
// layer it gets.
func (p *participant) echoLayers(room *lksdk.Room, of layers) (any, error) {
	low, from, err := p.layer(room, of.Low, &livekit.VideoLayer{Quality: livekit.VideoQuality_LOW, Width: 320, Height: 240, Bitrate: 200_000})
	if err != nil {
		return nil, err
	}
	high, fromHigh, err := p.layer(room, of.High, &livekit.VideoLayer{Quality: livekit.VideoQuality_HIGH, Width: 640, Height: 480, Bitrate: 800_000})
	if err != nil {
		return nil, err
	}
	published, err := room.LocalParticipant.PublishSimulcastTrack([]*lksdk.LocalTrack{low, high}, &lksdk.TrackPublicationOptions{Name: of.Name, Source: livekit.TrackSource_SCREEN_SHARE})
	if err != nil {
		return nil, err
	}
	from.repeatOn(low)
	fromHigh.repeatOn(high)
	return published.SID(), nil
}

func (p *participant) layer(room *lksdk.Room, of track, layer *livekit.VideoLayer) (*lksdk.LocalTrack, *reception, error) {
	source, err := p.reception(room, of.SID)
	if err != nil {
		return nil, nil, err
	}
	wantsKey := func(packet rtcp.Packet) {
		switch packet.(type) {
		case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
			source.wantKey()
		}
	}
	own, err := lksdk.NewLocalTrack(source.track.Codec().RTPCodecCapability, lksdk.WithSimulcast("layers", layer), lksdk.WithRTCPHandler(wantsKey))
	return own, source, err
}
