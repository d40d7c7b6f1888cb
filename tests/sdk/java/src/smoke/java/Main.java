import io.openvidu.java.client.Connection;
import io.openvidu.java.client.ConnectionProperties;
import io.openvidu.java.client.ConnectionType;
import io.openvidu.java.client.OpenVidu;
import io.openvidu.java.client.OpenViduHttpException;
import io.openvidu.java.client.OpenViduRole;
import io.openvidu.java.client.Session;
import io.openvidu.java.client.SessionProperties;

/** The life of a session as a v2 backend in Java sees it. Prints a line per step, ends with 1 if one failed. */
public final class Main {
    private interface Step {
        void run() throws Exception;
    }

    private static final String SESSION_ID = "java-client";
    private static boolean failed = false;

    private static Session session;
    private static Connection connection;

    private Main() {
    }

    public static void main(String[] args) {
        String url = System.getenv("SERVER_HTTPS");
        OpenVidu openvidu = new OpenVidu(url, System.getenv("OPENVIDU_SECRET"));
        SessionProperties properties = new SessionProperties.Builder().customSessionId(SESSION_ID).build();

        step("creates a session", () -> {
            session = openvidu.createSession(properties);
            same(SESSION_ID, session.getSessionId());
        });
        step("takes the same session again", () -> same(SESSION_ID, openvidu.createSession(properties).getSessionId()));
        step("creates a connection", Main::createsConnection);
        step("fetches the session", () -> {
            session.fetch();
            same(1, session.getConnections().size());
            same(0, session.getActiveConnections().size());
        });
        step("lists sessions", () -> {
            openvidu.fetch();
            same(true, openvidu.getActiveSessions().stream().anyMatch(one -> SESSION_ID.equals(one.getSessionId())));
        });
        step("takes a pending connection back", () -> {
            session.forceDisconnect(connection);
            session.fetch();
            same(0, session.getConnections().size());
        });
        step("is told of an unknown connection", () -> status(404, () -> session.forceDisconnect("con_Aaaaaaaaaa")));
        step("is refused a recording while recording is off", () -> status(501, () -> openvidu.startRecording(SESSION_ID)));
        step("closes the session", () -> {
            session.close();
            status(404, () -> session.fetch());
        });
        step("is refused with a wrong secret", () -> status(401, () -> new OpenVidu(url, "WRONG").createSession()));
        System.exit(failed ? 1 : 0);
    }

    private static void createsConnection() throws Exception {
        ConnectionProperties wanted = new ConnectionProperties.Builder()
                .type(ConnectionType.WEBRTC).role(OpenViduRole.MODERATOR).data("of a moderator").build();
        connection = session.createConnection(wanted);
        same(true, connection.getConnectionId().matches("con_[A-Z][A-Za-z0-9]{9}"));
        same("pending", connection.getStatus());
        same(OpenViduRole.MODERATOR, connection.getRole());
        same("of a moderator", connection.getServerData());
        same(true, connection.getToken().startsWith("wss://"));
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
        if (!expected.equals(found)) {
            throw new AssertionError("expected " + expected + ", found " + found);
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
