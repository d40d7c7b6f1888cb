import com.google.gson.JsonParser;
import io.openvidu.java.client.Connection;
import io.openvidu.java.client.ConnectionProperties;
import io.openvidu.java.client.ConnectionType;
import io.openvidu.java.client.IceServerProperties;
import io.openvidu.java.client.KurentoOptions;
import io.openvidu.java.client.MediaMode;
import io.openvidu.java.client.OpenVidu;
import io.openvidu.java.client.OpenViduHttpException;
import io.openvidu.java.client.OpenViduRole;
import io.openvidu.java.client.Publisher;
import io.openvidu.java.client.Recording;
import io.openvidu.java.client.RecordingLayout;
import io.openvidu.java.client.RecordingMode;
import io.openvidu.java.client.RecordingProperties;
import io.openvidu.java.client.Session;
import io.openvidu.java.client.SessionProperties;
import io.openvidu.java.client.TokenOptions;
import io.openvidu.java.client.VideoCodec;
import java.util.List;
import java.util.Objects;

/**
 * Every public method of OpenVidu, Session, Connection and Publisher, the results field by field, with participants in the
 * session whom this program plays itself. Prints a line per step, ends with 1 if one failed.
 */
public final class Main {
    private interface Step {
        void run() throws Exception;
    }

    private static final String SESSION_ID = "java-complete";
    private static final String SERVER = System.getenv("SERVER_HTTP");
    private static final OpenVidu OPENVIDU = new OpenVidu(System.getenv("SERVER_HTTPS"), System.getenv("OPENVIDU_SECRET"));
    private static boolean failed = false;

    private static Session plain;
    private static Session session;
    private static Connection connection;
    private static Participant alice;
    private static Participant bob;
    private static String stream;

    private Main() {
    }

    public static void main(String[] args) {
        step("OpenVidu.createSession without properties", Main::createsPlainSession);
        step("OpenVidu.createSession with every property", Main::createsSession);
        step("OpenVidu.createSession of a session that is there", () -> {
            session = OPENVIDU.createSession(new SessionProperties.Builder().customSessionId(SESSION_ID).build());
            same(VideoCodec.VP8, session.getProperties().forcedVideoCodec());
        });
        step("OpenVidu.fetch sees no change where there is none", () -> {
            OPENVIDU.fetch();
            same(false, OPENVIDU.fetch());
            session = OPENVIDU.getActiveSession(SESSION_ID);
            same(SESSION_ID, session.getSessionId());
            same(true, OPENVIDU.getActiveSessions().stream().anyMatch(one -> one.getSessionId().equals(plain.getSessionId())));
        });
        step("Session.generateToken", Main::generatesTokens);
        step("Session.createConnection", Main::createsConnection);
        step("Session.createConnection of a camera is refused with 501", () -> status(501, () -> session.createConnection(
                new ConnectionProperties.Builder().type(ConnectionType.IPCAM).rtspUri("rtsp://camera.example.com/live").build())));
        step("a client joins", Main::clientJoins);
        step("it publishes", Main::clientPublishes);
        step("another one receives it", Main::clientReceives);
        step("OpenVidu.fetch sees what changes in a stream", () -> {
            OPENVIDU.fetch();
            alice.mute(stream);
            same(true, OPENVIDU.fetch());
            session = OPENVIDU.getActiveSession(SESSION_ID);
            same(false, publisher().isAudioActive());
            same(false, OPENVIDU.fetch());
        });
        step("Session.updateConnection", Main::updatesConnection);
        step("Session.forceUnpublish", Main::forcesUnpublish);
        step("Session.forceDisconnect", Main::forcesDisconnect);
        step("recordings are refused with 501 while they are switched off", Main::recordingsAreRefused);
        step("broadcasts are checked and refused", Main::broadcastsAreRefused);
        step("Session.close", Main::closes);
        System.exit(failed ? 1 : 0);
    }

    private static void createsPlainSession() throws Exception {
        plain = OPENVIDU.createSession();
        same(true, plain.getSessionId().matches("ses_[A-Z][A-Za-z0-9]{9}"));
        near(plain.createdAt());
        same(false, plain.isBeingRecorded());
        same(false, plain.isBeingBroadcasted());
        same(List.of(), plain.getConnections());
        same(List.of(), plain.getActiveConnections());
        SessionProperties properties = plain.getProperties();
        same(MediaMode.ROUTED, properties.mediaMode());
        same(RecordingMode.MANUAL, properties.recordingMode());
        same(VideoCodec.MEDIA_SERVER_PREFERRED, properties.forcedVideoCodec());
        same(false, properties.isTranscodingAllowed());
        RecordingProperties recording = properties.defaultRecordingProperties();
        same(Recording.OutputMode.COMPOSED, recording.outputMode());
        same(RecordingLayout.BEST_FIT, recording.recordingLayout());
        same("1280x720", recording.resolution());
        same(25, recording.frameRate());
        same(536870912L, recording.shmSize());
        same(true, recording.hasAudio());
        same(true, recording.hasVideo());
    }

    private static void createsSession() throws Exception {
        RecordingProperties recording = new RecordingProperties.Builder().name("n")
                .outputMode(Recording.OutputMode.INDIVIDUAL).ignoreFailedStreams(true).build();
        session = OPENVIDU.createSession(new SessionProperties.Builder().customSessionId(SESSION_ID).mediaMode(MediaMode.ROUTED)
                .recordingMode(RecordingMode.MANUAL).forcedVideoCodec(VideoCodec.VP8).allowTranscoding(true)
                .defaultRecordingProperties(recording).mediaNode("media_local").build());
        same(SESSION_ID, session.getSessionId());
        SessionProperties properties = session.getProperties();
        same(SESSION_ID, properties.customSessionId());
        same(VideoCodec.VP8, properties.forcedVideoCodec());
        same(true, properties.isTranscodingAllowed());
        same("media_local", properties.mediaNode());
        same("n", properties.defaultRecordingProperties().name());
        same(Recording.OutputMode.INDIVIDUAL, properties.defaultRecordingProperties().outputMode());
        same(true, properties.defaultRecordingProperties().ignoreFailedStreams());
    }

    private static void generatesTokens() throws Exception {
        String token = session.generateToken(new TokenOptions.Builder().role(OpenViduRole.MODERATOR).data("of bob")
                .kurentoOptions(new KurentoOptions.Builder().videoMaxRecvBandwidth(700).build()).build());
        same(true, token.matches("wss://127\\.0\\.0\\.1:\\d+/?\\?sessionId=" + SESSION_ID + "&token=tok_[A-Z][A-Za-z0-9]{15}"));
        same(true, session.fetch());
        Connection made = session.getConnections().get(0);
        same(token, made.getToken());
        same(OpenViduRole.MODERATOR, made.getRole());
        same("of bob", made.getServerData());
        session.generateToken();
        same(true, session.fetch());
        same(2, session.getConnections().size());
        same(0, session.getActiveConnections().size());
    }

    private static void createsConnection() throws Exception {
        IceServerProperties ice = new IceServerProperties.Builder().url("turn:turn.example.com:443").username("u").credential("c").build();
        connection = session.createConnection(new ConnectionProperties.Builder().type(ConnectionType.WEBRTC)
                .role(OpenViduRole.PUBLISHER).data("of alice").record(false).addCustomIceServer(ice).build());
        same(true, connection.getConnectionId().matches("con_[A-Z][A-Za-z0-9]{9}"));
        near(connection.createdAt());
        same("pending", connection.getStatus());
        same(ConnectionType.WEBRTC, connection.getType());
        same(OpenViduRole.PUBLISHER, connection.getRole());
        same("of alice", connection.getServerData());
        same(false, connection.record());
        same(null, connection.activeAt());
        same(null, connection.getRtspUri());
        same(null, connection.adaptativeBitrate());
        same(null, connection.onlyPlayWithSubscribers());
        same(null, connection.getNetworkCache());
        IceServerProperties shown = connection.getCustomIceServers().get(0);
        same("turn:turn.example.com:443", shown.getUrl());
        same("u", shown.getUsername());
        same("c", shown.getCredential());
        same(3, session.getConnections().size());
        same(false, session.fetch());
        same(connection.getConnectionId(), session.getConnection(connection.getConnectionId()).getConnectionId());
        session.createConnection();
        same(false, session.fetch());
    }

    private static void clientJoins() throws Exception {
        alice = Participant.join(SERVER, SESSION_ID, connection.getToken(), "Alice");
        same(connection.getConnectionId(), alice.id());
        same(true, session.fetch());
        same(false, session.fetch());
        same(1, session.getActiveConnections().size());
        Connection active = session.getActiveConnections().get(0);
        same("active", active.getStatus());
        same("unknown", active.getLocation());
        same("127.0.0.1", active.getIp());
        same("Java", active.getPlatform());
        same("{\"clientData\":\"Alice\"}", active.getClientData());
        same(List.of(), active.getPublishers());
        same(List.of(), active.getSubscribers());
        same(true, active.activeAt() >= active.createdAt());
    }

    private static void clientPublishes() throws Exception {
        stream = alice.publish();
        same(true, session.fetch());
        same(false, session.fetch());
        same(stream, publisher().getStreamId());
        near(publisher().createdAt());
        same(true, publisher().hasAudio());
        same(true, publisher().hasVideo());
        same(true, publisher().isAudioActive());
        same(true, publisher().isVideoActive());
        same(30, publisher().getFrameRate());
        same("CAMERA", publisher().getTypeOfVideo());
        same("{\"width\":640,\"height\":480}", publisher().getVideoDimensions());
    }

    private static void clientReceives() throws Exception {
        String token = session.getConnections().stream()
                .filter(one -> one.getStatus().equals("pending") && one.getRole() == OpenViduRole.MODERATOR).findFirst().get().getToken();
        bob = Participant.join(SERVER, SESSION_ID, token, "Bob");
        bob.subscribe(stream);
        same(true, session.fetch());
        same(false, session.fetch());
        same(List.of(stream), session.getConnection(bob.id()).getSubscribers());
        same(2, session.getActiveConnections().size());
    }

    private static void updatesConnection() throws Exception {
        ConnectionProperties wanted = new ConnectionProperties.Builder().role(OpenViduRole.MODERATOR).record(true).build();
        Connection updated = session.updateConnection(alice.id(), wanted);
        same(OpenViduRole.MODERATOR, updated.getRole());
        same(true, updated.record());
        same(false, session.fetch());
        same(JsonParser.parseString("{\"property\":\"record\",\"newValue\":\"true\"}"), alice.told("connectionPropertyChanged"));
        status(404, () -> session.updateConnection("con_Aaaaaaaaaa", wanted));
    }

    private static void forcesUnpublish() throws Exception {
        status(404, () -> session.forceUnpublish("str_CAM_AAAA_con_Aaaaaaaaaa"));
        session.forceUnpublish(publisher());
        same(List.of(), session.getConnection(alice.id()).getPublishers());
        same(false, session.fetch());
        same("forceUnpublishByServer", alice.told("participantUnpublished").getAsJsonObject().get("reason").getAsString());
        session.forceUnpublish(alice.publish());
        session.fetch();
        same(List.of(), session.getConnection(alice.id()).getPublishers());
    }

    private static void forcesDisconnect() throws Exception {
        status(404, () -> session.forceDisconnect("con_Aaaaaaaaaa"));
        session.forceDisconnect(session.getConnection(bob.id()));
        same(false, session.fetch());
        same("forceDisconnectByServer", bob.told("participantEvicted").getAsJsonObject().get("reason").getAsString());
        for (Connection pending : List.copyOf(session.getConnections())) {
            if (pending.getStatus().equals("pending")) {
                session.forceDisconnect(pending.getConnectionId());
            }
        }
        same(false, session.fetch());
        same(1, session.getConnections().size());
    }

    private static void recordingsAreRefused() throws Exception {
        RecordingProperties individual = new RecordingProperties.Builder().outputMode(Recording.OutputMode.INDIVIDUAL).build();
        status(501, () -> OPENVIDU.startRecording(SESSION_ID));
        status(501, () -> OPENVIDU.startRecording(SESSION_ID, "name"));
        status(501, () -> OPENVIDU.startRecording(SESSION_ID, individual));
        status(501, () -> OPENVIDU.stopRecording(SESSION_ID));
        status(501, () -> OPENVIDU.getRecording(SESSION_ID));
        status(501, () -> OPENVIDU.listRecordings());
        status(501, () -> OPENVIDU.deleteRecording(SESSION_ID));
    }

    private static void broadcastsAreRefused() throws Exception {
        String url = "rtmp://live.example.com/app/key";
        status(501, () -> OPENVIDU.startBroadcast(SESSION_ID, url));
        status(422, () -> OPENVIDU.startBroadcast(SESSION_ID, url, new RecordingProperties.Builder().frameRate(0).build()));
        status(400, () -> OPENVIDU.startBroadcast(SESSION_ID, "no url"));
        status(404, () -> OPENVIDU.startBroadcast("none", url));
        status(409, () -> OPENVIDU.stopBroadcast(SESSION_ID));
    }

    private static void closes() throws Exception {
        session.close();
        same(null, OPENVIDU.getActiveSession(SESSION_ID));
        status(404, () -> session.fetch());
        status(404, () -> session.close());
        status(404, () -> session.createConnection());
        same(false, OPENVIDU.fetch());
        plain.close();
        alice.close();
        bob.close();
    }

    private static Publisher publisher() {
        return session.getConnection(alice.id()).getPublishers().get(0);
    }

    private static void step(String name, Step step) {
        try {
            step.run();
            System.out.println("ok " + name);
        } catch (Exception | AssertionError error) {
            failed = true;
            System.out.println("FAILED " + name + ": " + error);
        }
    }

    private static void same(Object expected, Object found) {
        if (!Objects.equals(expected, found)) {
            StackTraceElement at = new Throwable().getStackTrace()[1];
            throw new AssertionError("expected " + expected + ", found " + found + " at line " + at.getLineNumber());
        }
    }

    private static void near(long time) {
        if (Math.abs(System.currentTimeMillis() - time) > 60000) {
            throw new AssertionError("not of now: " + time);
        }
    }

    private static void status(int expected, Step step) throws Exception {
        try {
            step.run();
        } catch (OpenViduHttpException refused) {
            same(expected, refused.getStatus());
            return;
        }
        throw new AssertionError("expected status " + expected + ", but it succeeded");
    }
}
