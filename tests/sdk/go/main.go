// A participant and a backend by LiveKit's Go SDK that a test steers.
//
// A line in is a command ({"id", "method", "params"}); a line out is its answer ({"id", "result"} or {"id", "error"}) or an event of
// the room ({"event"}). The participant's commands stand in participant.go, the backend's in backend.go.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/livekit/protocol/logger"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/twitchtv/twirp"
)

type command struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

type refusal struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	Code    any    `json:"code"`
	Status  int    `json:"status,omitempty"`
}

// Commands by name, each with its own parameters.
type handler func(params json.RawMessage) (any, error)

func with[P any](run func(P) (any, error)) handler {
	return func(raw json.RawMessage) (any, error) {
		var params P
		if err := json.Unmarshal(raw, &params); err != nil {
			return nil, err
		}
		return run(params)
	}
}

type output struct {
	lock sync.Mutex
}

func (o *output) write(line any) {
	text, err := json.Marshal(line)
	if err != nil {
		text = []byte(fmt.Sprintf(`{"event":{"type":"unprintable","values":[%q]}}`, err.Error()))
	}
	o.lock.Lock()
	defer o.lock.Unlock()
	fmt.Println(string(text))
}

func told(err error) refusal {
	var ofTwirp twirp.Error
	if errors.As(err, &ofTwirp) {
		status := twirp.ServerHTTPStatusFromErrorCode(ofTwirp.Code())
		return refusal{Type: "twirp.Error", Message: ofTwirp.Msg(), Code: string(ofTwirp.Code()), Status: status}
	}
	var ofRpc *lksdk.RpcError
	if errors.As(err, &ofRpc) {
		return refusal{Type: "RpcError", Message: ofRpc.Message, Code: ofRpc.Code}
	}
	return refusal{Type: fmt.Sprintf("%T", err), Message: err.Error()}
}

func main() {
	out := &output{}
	if os.Getenv("SDK_LOG") == "" {
		lksdk.SetLogger(logger.GetDiscardLogger())
	} else {
		logger.InitFromConfig(&logger.Config{Level: "debug"}, "sdk")
		lksdk.SetLogger(logger.GetLogger())
	}
	participant := newParticipant(func(event map[string]any) { out.write(map[string]any{"event": event}) })
	commands := participant.commands()
	for name, run := range backendCommands() {
		commands[name] = run
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var asked command
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fmt.Fprintln(os.Stderr, err)
			continue
		}
		go answer(out, commands, asked)
	}
	participant.close()
}

func answer(out *output, commands map[string]handler, asked command) {
	run, known := commands[asked.Method]
	if !known {
		out.write(map[string]any{"id": asked.ID, "error": refusal{Type: "test", Message: "no command " + asked.Method}})
		return
	}
	result, err := run(asked.Params)
	if err != nil {
		out.write(map[string]any{"id": asked.ID, "error": told(err)})
		return
	}
	out.write(map[string]any{"id": asked.ID, "result": result})
}
