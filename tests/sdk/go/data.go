package main

import (
	"os"
	"time"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
)

const payload = "is somebody there, who would hear this?"

type message struct {
	Text     string   `json:"text"`
	Topic    string   `json:"topic"`
	Reliable *bool    `json:"reliable"`
	To       []string `json:"to"`
	Code     uint32   `json:"code"`
	Digit    string   `json:"digit"`
}

func (m message) words() string {
	if m.Text == "" {
		return payload
	}
	return m.Text
}

type call struct {
	To      string `json:"to"`
	Method  string `json:"method"`
	Payload string `json:"payload"`
}

func (c call) method() string {
	if c.Method == "" {
		return "greet"
	}
	return c.Method
}

type topic struct {
	Topic string `json:"topic"`
}

func (p *participant) dataCallbacks(of *lksdk.ParticipantCallback) {
	of.OnDataPacket = func(packet lksdk.DataPacket, params lksdk.DataReceiveParams) {
		event := map[string]any{"type": "data_received", "participant": nil}
		if params.SenderIdentity != "" {
			event["participant"] = params.SenderIdentity
		}
		switch data := packet.(type) {
		case *lksdk.UserDataPacket:
			event["text"], event["topic"] = string(data.Payload), data.Topic
		case *livekit.SipDTMF:
			event["type"], event["code"], event["digit"] = "sip_dtmf_received", data.Code, data.Digit
		case *livekit.ChatMessage:
			event["type"], event["text"] = "chat_message", data.Message
		}
		p.tell(event)
	}
	of.OnTranscriptionReceived = func(segments []*lksdk.TranscriptionSegment, who lksdk.Participant, _ lksdk.TrackPublication) {
		words := ""
		for _, segment := range segments {
			words += segment.Text
		}
		p.tell(map[string]any{"type": "transcription_received", "text": words})
	}
}

func (p *participant) dataCommands() map[string]handler {
	return map[string]handler{
		"data": inRoom(p, sendData),
		"dtmf": inRoom(p, func(room *lksdk.Room, by message) (any, error) {
			return nil, room.LocalParticipant.PublishDTMF(by.Code, by.Digit)
		}),
		"text":               inRoom(p, sendText),
		"text_parts":         inRoom(p, sendTextParts),
		"byte_parts":         inRoom(p, sendBytes),
		"file":               inRoom(p, sendFile),
		"chat":               inRoom(p, sendChat),
		"receive":            inRoom(p, p.receiveStreams),
		"receive_no_more":    inRoom(p, receiveNoMore),
		"rpc":                inRoom(p, performRpc),
		"rpc_handle":         inRoom(p, handleRpc),
		"rpc_handle_no_more": inRoom(p, func(room *lksdk.Room, by call) (any, error) { room.UnregisterRpcMethod(by.method()); return nil, nil }),
	}
}

func sendData(room *lksdk.Room, by message) (any, error) {
	reliable := by.Reliable == nil || *by.Reliable
	if by.Topic == "" {
		return nil, room.LocalParticipant.PublishData([]byte(by.words()), lksdk.WithDataPublishReliable(reliable), lksdk.WithDataPublishDestination(by.To))
	}
	packet := lksdk.UserData([]byte(by.words()))
	packet.Topic = by.Topic
	return nil, room.LocalParticipant.PublishDataPacket(packet, lksdk.WithDataPublishReliable(reliable), lksdk.WithDataPublishDestination(by.To))
}

func sendText(room *lksdk.Room, by message) (any, error) {
	info := room.LocalParticipant.SendText(by.words(), lksdk.StreamTextOptions{Topic: by.Topic, DestinationIdentities: by.To})
	return info.Topic, nil
}

type parts struct {
	Parts []string `json:"parts"`
	Topic string   `json:"topic"`
}

// Writes part by part, each once the one before it has gone out.
func writeParts[T any](write func(part T, onDone *func()), all []T) {
	for _, part := range all {
		done := make(chan struct{})
		onDone := func() { close(done) }
		write(part, &onDone)
		<-done
	}
}

func sendTextParts(room *lksdk.Room, by parts) (any, error) {
	writer := room.LocalParticipant.StreamText(lksdk.StreamTextOptions{Topic: by.Topic})
	writeParts(writer.Write, by.Parts)
	writer.Close()
	return writer.Info.Topic, nil
}

func sendBytes(room *lksdk.Room, by parts) (any, error) {
	name := "parts"
	writer := room.LocalParticipant.StreamBytes(lksdk.StreamBytesOptions{Topic: by.Topic, FileName: &name})
	all := [][]byte{}
	for _, part := range by.Parts {
		all = append(all, []byte(part))
	}
	writeParts(writer.Write, all)
	writer.Close()
	return *writer.Info.Name, nil
}

func sendFile(room *lksdk.Room, by message) (any, error) {
	file, err := os.CreateTemp("", "words-*.txt")
	if err != nil {
		return nil, err
	}
	defer os.Remove(file.Name())
	if _, err := file.WriteString(by.words()); err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	info, err := room.LocalParticipant.SendFile(file.Name(), lksdk.StreamBytesOptions{Topic: by.Topic})
	if err != nil {
		return nil, err
	}
	return info.Topic, nil
}

func sendChat(room *lksdk.Room, by message) (any, error) {
	return nil, room.LocalParticipant.PublishDataPacket(lksdk.ChatMessage(time.Time{}, by.words()), lksdk.WithDataPublishReliable(true))
}

func (p *participant) receiveStreams(room *lksdk.Room, of topic) (any, error) {
	tell := func(kind, text, from string, name *string) {
		p.tell(map[string]any{"type": kind, "text": text, "topic": of.Topic, "participant": from, "name": name})
	}
	err := room.RegisterTextStreamHandler(of.Topic, func(reader *lksdk.TextStreamReader, from string) {
		go func() { tell("text_stream", reader.ReadAll(), from, nil) }()
	})
	if err != nil {
		return nil, err
	}
	return nil, room.RegisterByteStreamHandler(of.Topic, func(reader *lksdk.ByteStreamReader, from string) {
		go func() { tell("byte_stream", string(reader.ReadAll()), from, reader.Info.Name) }()
	})
}

func receiveNoMore(room *lksdk.Room, of topic) (any, error) {
	room.UnregisterTextStreamHandler(of.Topic)
	room.UnregisterByteStreamHandler(of.Topic)
	return nil, nil
}

func performRpc(room *lksdk.Room, by call) (any, error) {
	limit := callLimit
	answer, err := room.LocalParticipant.PerformRpc(lksdk.PerformRpcParams{
		DestinationIdentity: by.To, Method: by.method(), Payload: by.Payload, ResponseTimeout: &limit,
	})
	if err != nil {
		return nil, err
	}
	return *answer, nil
}

func handleRpc(room *lksdk.Room, by call) (any, error) {
	return nil, room.RegisterRpcMethod(by.method(), func(asked lksdk.RpcInvocationData) (string, error) {
		if asked.Payload == "fail" {
			return "", lksdk.NewRpcError(101, "as asked", nil)
		}
		return asked.Payload + ", " + asked.CallerIdentity, nil
	})
}
