package main

import (
	"context"
	"encoding/json"
	"time"

	"github.com/livekit/protocol/auth"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// How long one call may take.
const requestLimit = 10 * time.Second

// A call of one of the services: its request in protobuf's JSON.
type request struct {
	URL     string          `json:"url"`
	Key     string          `json:"key"`
	Secret  string          `json:"secret"`
	Request json.RawMessage `json:"request"`
}

// A command that is one call of a service by the SDK's client.
func of[C any, Q any, A proto.Message, P interface {
	*Q
	proto.Message
}](client func(url, key, secret string) C, run func(C, context.Context, P) (A, error)) handler {
	return with(func(asked request) (any, error) {
		message := P(new(Q))
		if err := protojson.Unmarshal(asked.Request, message); err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(context.Background(), requestLimit)
		defer cancel()
		answer, err := run(client(asked.URL, asked.Key, asked.Secret), ctx, message)
		if err != nil {
			return nil, err
		}
		text, err := protojson.Marshal(answer)
		return json.RawMessage(text), err
	})
}

func rooms(url, key, secret string) *lksdk.RoomServiceClient {
	return lksdk.NewRoomServiceClient(url, key, secret)
}

func egress(url, key, secret string) *lksdk.EgressClient {
	return lksdk.NewEgressClient(url, key, secret)
}

func ingress(url, key, secret string) *lksdk.IngressClient {
	return lksdk.NewIngressClient(url, key, secret)
}

func sip(url, key, secret string) *lksdk.SIPClient {
	return lksdk.NewSIPClient(url, key, secret)
}

func dispatches(url, key, secret string) *lksdk.AgentDispatchClient {
	return lksdk.NewAgentDispatchServiceClient(url, key, secret)
}

type wanted struct {
	Key      string `json:"key"`
	Secret   string `json:"secret"`
	Room     string `json:"room"`
	Identity string `json:"identity"`
}

// A token that the SDK's client makes.
func makeToken(by wanted) (any, error) {
	return rooms("http://localhost", by.Key, by.Secret).CreateToken().
		SetVideoGrant(&auth.VideoGrant{RoomJoin: true, Room: by.Room}).SetIdentity(by.Identity).ToJWT()
}

func backendCommands() map[string]handler {
	return map[string]handler{
		"CreateToken":         with(makeToken),
		"CreateRoom":          of(rooms, (*lksdk.RoomServiceClient).CreateRoom),
		"ListRooms":           of(rooms, (*lksdk.RoomServiceClient).ListRooms),
		"DeleteRoom":          of(rooms, (*lksdk.RoomServiceClient).DeleteRoom),
		"ListParticipants":    of(rooms, (*lksdk.RoomServiceClient).ListParticipants),
		"GetParticipant":      of(rooms, (*lksdk.RoomServiceClient).GetParticipant),
		"RemoveParticipant":   of(rooms, (*lksdk.RoomServiceClient).RemoveParticipant),
		"ForwardParticipant":  of(rooms, (*lksdk.RoomServiceClient).ForwardParticipant),
		"MoveParticipant":     of(rooms, (*lksdk.RoomServiceClient).MoveParticipant),
		"MutePublishedTrack":  of(rooms, (*lksdk.RoomServiceClient).MutePublishedTrack),
		"UpdateParticipant":   of(rooms, (*lksdk.RoomServiceClient).UpdateParticipant),
		"UpdateSubscriptions": of(rooms, (*lksdk.RoomServiceClient).UpdateSubscriptions),
		"UpdateRoomMetadata":  of(rooms, (*lksdk.RoomServiceClient).UpdateRoomMetadata),
		"SendData":            of(rooms, (*lksdk.RoomServiceClient).SendData),
		"ListEgress":          of(egress, (*lksdk.EgressClient).ListEgress),
		"ListIngress":         of(ingress, (*lksdk.IngressClient).ListIngress),
		"CreateIngress":       of(ingress, (*lksdk.IngressClient).CreateIngress),
		"ListSIPDispatchRule": of(sip, (*lksdk.SIPClient).ListSIPDispatchRule),
		"CreateDispatch":      of(dispatches, (*lksdk.AgentDispatchClient).CreateDispatch),
		"ListDispatch":        of(dispatches, (*lksdk.AgentDispatchClient).ListDispatch),
	}
}
