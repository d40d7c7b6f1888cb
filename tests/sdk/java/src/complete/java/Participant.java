import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** A participant that speaks v2's JSON-RPC by itself, so that sessions have somebody in them while a backend looks at them. */
final class Participant implements WebSocket.Listener {
    private static final long LIMIT_S = 10;
    private static final String FINGERPRINT = "0E:1E:2E:3E:4E:5E:6E:7E:8E:9E:AE:BE:CE:DE:EE:FE:0F:1F:2F:3F:4F:5F:6F:7F:8F:9F:AF:BF:CF:DF:EF:FF";

    private final Map<Integer, CompletableFuture<JsonObject>> waiting = new ConcurrentHashMap<>();
    private final List<JsonObject> notifications = Collections.synchronizedList(new ArrayList<>());
    private final StringBuilder text = new StringBuilder();
    private WebSocket socket;
    private int lastId = 0;
    private String id;

    private Participant() {
    }

    static Participant join(String http, String session, String token, String clientData) throws Exception {
        Participant participant = new Participant();
        URI address = URI.create(http.replaceFirst("^http", "ws") + "/openvidu?sessionId=" + session);
        participant.socket = HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(address, participant)
                .get(LIMIT_S, TimeUnit.SECONDS);
        JsonObject metadata = new JsonObject();
        metadata.addProperty("clientData", clientData);
        JsonObject params = new JsonObject();
        params.addProperty("token", token);
        params.addProperty("session", session);
        params.addProperty("platform", "Java");
        params.addProperty("sdkVersion", "2.32.1");
        params.addProperty("metadata", metadata.toString());
        params.addProperty("secret", "");
        participant.id = participant.request("joinRoom", params).get("id").getAsString();
        return participant;
    }

    String id() {
        return id;
    }

    JsonObject request(String method, JsonObject params) throws Exception {
        lastId += 1;
        JsonObject frame = new JsonObject();
        frame.addProperty("jsonrpc", "2.0");
        frame.addProperty("id", lastId);
        frame.addProperty("method", method);
        frame.add("params", params);
        CompletableFuture<JsonObject> answer = new CompletableFuture<>();
        waiting.put(lastId, answer);
        socket.sendText(frame.toString(), true).get(LIMIT_S, TimeUnit.SECONDS);
        JsonObject got = answer.get(LIMIT_S, TimeUnit.SECONDS);
        if (got.has("error")) {
            throw new IllegalStateException(method + ": " + got.get("error"));
        }
        return got.getAsJsonObject("result");
    }

    /** Publishes a camera; the stream's id. */
    String publish() throws Exception {
        JsonObject params = new JsonObject();
        params.addProperty("sdpOffer", offer("sendonly"));
        for (String flag : new String[] { "hasAudio", "hasVideo", "audioActive", "videoActive" }) {
            params.addProperty(flag, true);
        }
        params.addProperty("doLoopback", false);
        params.addProperty("typeOfVideo", "CAMERA");
        params.addProperty("frameRate", 30);
        params.addProperty("videoDimensions", "{\"width\":640,\"height\":480}");
        return request("publishVideo", params).get("id").getAsString();
    }

    void subscribe(String stream) throws Exception {
        JsonObject params = new JsonObject();
        params.addProperty("sender", stream);
        params.addProperty("sdpOffer", offer("recvonly"));
        request("receiveVideoFrom", params);
    }

    /** Mutes its own sound. */
    void mute(String stream) throws Exception {
        JsonObject params = new JsonObject();
        params.addProperty("streamId", stream);
        params.addProperty("property", "audioActive");
        params.addProperty("newValue", false);
        params.addProperty("reason", "publishAudio");
        request("streamPropertyChanged", params);
    }

    /** The parameters of the first notification of this name; null where none came. */
    JsonElement told(String method) {
        synchronized (notifications) {
            return notifications.stream().filter(frame -> method.equals(frame.get("method").getAsString())).findFirst()
                    .map(frame -> frame.get("params")).orElse(null);
        }
    }

    void close() {
        socket.abort();
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
        text.append(part);
        if (last) {
            JsonObject frame = JsonParser.parseString(text.toString()).getAsJsonObject();
            text.setLength(0);
            CompletableFuture<JsonObject> answer = frame.has("id") ? waiting.remove(frame.get("id").getAsInt()) : null;
            if (answer == null) {
                notifications.add(frame);
            } else {
                answer.complete(frame);
            }
        }
        from.request(1);
        return null;
    }

    private static String offer(String direction) {
        List<String> lines = new ArrayList<>(List.of("v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0",
                "a=group:BUNDLE 0 1", "a=msid-semantic: WMS s"));
        addSection(lines, 0, "audio", "111", "opus/48000/2", direction);
        addSection(lines, 1, "video", "96", "VP8/90000", direction);
        return String.join("\r\n", lines) + "\r\n";
    }

    private static void addSection(List<String> lines, int mid, String kind, String payload, String codec, String direction) {
        lines.addAll(List.of("m=" + kind + " 9 UDP/TLS/RTP/SAVPF " + payload, "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0",
                "a=ice-ufrag:abcd", "a=ice-pwd:aaaaaaaaaaaaaaaaaaaaaaaa", "a=ice-options:trickle",
                "a=fingerprint:sha-256 " + FINGERPRINT, "a=setup:actpass", "a=mid:" + mid, "a=" + direction));
        lines.addAll(List.of("a=rtcp-mux", "a=rtpmap:" + payload + " " + codec));
        if (direction.equals("sendonly")) {
            lines.addAll(List.of("a=msid:s " + kind, "a=ssrc:" + (1000 + mid) + " cname:c"));
        }
    }
}
