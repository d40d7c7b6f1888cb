//! What is known of a client's SDK, and what the server does differently for it.
use livekit_protocol as proto;
use proto::client_info::Sdk;
use std::collections::HashMap;

/// The client as its URL describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Client {
    /// All of it.
    pub info: proto::ClientInfo,
    /// The SDK.
    pub sdk: Sdk,
    /// Its version: major, minor, patch; zeros where unreadable.
    pub version: (u32, u32, u32),
}

/// The size that makes new SDKs refuse a data message by themselves (livekit-errors.md §2.0): the smallest in which
/// Chromium's own channel-opening message fits.
pub const REFUSING_MESSAGE_SIZE: u32 = 23;

/// The size that LiveKit servers announce.
pub const ORDINARY_MESSAGE_SIZE: u32 = 65_535;

impl Client {
    /// Reads the client info of a join request.
    pub fn from_info(info: proto::ClientInfo) -> Self {
        let sdk = Sdk::try_from(info.sdk).unwrap_or(Sdk::Unknown);
        let version = parse_version(&info.version);
        Self { info, sdk, version }
    }

    /// The client info that the query of `/rtc` spells.
    pub fn info_of_query(query: &HashMap<String, String>) -> proto::ClientInfo {
        let text = |name: &str| query.get(name).cloned().unwrap_or_default();
        proto::ClientInfo {
            sdk: sdk_of_name(&text("sdk")).into(),
            version: text("version"),
            protocol: text("protocol").parse().unwrap_or(0),
            os: text("os"),
            os_version: text("os_version"),
            device_model: text("device_model"),
            browser: text("browser"),
            browser_version: text("browser_version"),
            network: text("network"),
            client_protocol: text("client_protocol").parse().unwrap_or(0),
            ..proto::ClientInfo::default()
        }
    }

    /// The signalling protocol that it speaks.
    pub fn protocol(&self) -> i32 {
        self.info.protocol
    }

    /// It runs in Firefox.
    pub fn is_firefox(&self) -> bool {
        self.info.browser.to_ascii_lowercase().contains("firefox")
    }

    /// It is built on the Rust SDK's core.
    pub fn is_rust_family(&self) -> bool {
        match self.sdk {
            Sdk::Rust | Sdk::Python | Sdk::Unity | Sdk::Node | Sdk::Cpp | Sdk::Unreal | Sdk::Dotnet => true,
            Sdk::Unknown
            | Sdk::Js
            | Sdk::Swift
            | Sdk::Android
            | Sdk::Flutter
            | Sdk::Go
            | Sdk::ReactNative
            | Sdk::UnityWeb
            | Sdk::Esp32 => false,
        }
    }

    /// `a=max-message-size` for it where data messages are refused: small for SDKs that turn it into an error at
    /// once, ordinary for those that would hang on it (livekit-errors.md §2.0).
    pub fn refusing_message_size(&self) -> u32 {
        let small = match self.sdk {
            Sdk::Js => self.version < (2, 6, 0) || self.version >= (2, 20, 0),
            Sdk::Swift => self.version >= (2, 15, 0),
            Sdk::Rust | Sdk::Python | Sdk::Unity | Sdk::Node | Sdk::Cpp => true,
            Sdk::Unknown
            | Sdk::Android
            | Sdk::Flutter
            | Sdk::Go
            | Sdk::ReactNative
            | Sdk::UnityWeb
            | Sdk::Unreal
            | Sdk::Esp32
            | Sdk::Dotnet => false,
        };
        if small { REFUSING_MESSAGE_SIZE } else { ORDINARY_MESSAGE_SIZE }
    }

    /// Knows `Leave.action` (protocol 13); older ones go by `can_reconnect`.
    pub fn knows_leave_action(&self) -> bool {
        self.protocol() >= 13
    }

    /// May be sent `RequestResponse`s: those of Rust below protocol 10 do not bear new messages.
    pub fn bears_request_responses(&self) -> bool {
        !(self.sdk == Sdk::Rust && self.protocol() < 10)
    }

    /// May be sent a `RequestResponse` that says that all is well (protocol 15).
    pub fn bears_success_responses(&self) -> bool {
        self.bears_request_responses() && self.protocol() >= 15
    }

    /// May be sent `TrackSubscribed`.
    pub fn bears_track_subscribed(&self) -> bool {
        self.bears_request_responses()
    }

    /// Knows `RoomMoved` (protocol 16): it takes the new token and joins with it.
    pub fn knows_room_moved(&self) -> bool {
        self.protocol() >= 16
    }

    /// Makes its join's offer its own only after it has begun to read: an answer that comes with the join response is an
    /// error to it, and it waits in vain for another one (seen with server-sdk-go 2.19.0).
    pub fn is_late_with_its_offer(&self) -> bool {
        self.sdk == Sdk::Go
    }

    /// Knows `TrackUnpublished` (protocol 7).
    pub fn knows_track_unpublished(&self) -> bool {
        self.protocol() >= 7
    }

    /// Is told on a resume who left in the meantime (protocol 9).
    pub fn knows_departures_on_resume(&self) -> bool {
        self.protocol() >= 9
    }

    /// Knows `ConnectionQuality` (protocol 5).
    pub fn knows_connection_quality(&self) -> bool {
        self.protocol() >= 5
    }

    /// Knows that a connection may be lost, not only poor (protocol 11).
    pub fn knows_lost_quality(&self) -> bool {
        self.protocol() >= 11
    }

    /// Bears another track on an m-line that carried one before (protocol 4).
    pub fn reuses_lines(&self) -> bool {
        self.protocol() >= 4
    }

    /// Finds a track by its m-line where it offers itself (one PeerConnection): the JavaScript SDK, but in Firefox.
    pub fn finds_tracks_by_mid(&self) -> bool {
        self.sdk == Sdk::Js && !self.is_firefox()
    }

    /// Finds the tracks of a stream by their ids where the room offers and the stream part of msid names the stream
    /// (livekit.md §3.6: not before protocol 10, and not Firefox, which keeps the first stream's name).
    pub fn takes_stream_names(&self) -> bool {
        self.protocol() > 9 && !self.is_firefox()
    }

    /// Knows the `reconnect` response (JavaScript since 1.6.3).
    pub fn knows_reconnect_response(&self) -> bool {
        !(self.sdk == Sdk::Js && self.version < (1, 6, 3) && self.version != (0, 0, 0))
    }

    /// Its platform for lists: browser and system.
    pub fn platform(&self) -> String {
        let parts = [&self.info.browser, &self.info.browser_version, &self.info.os, &self.info.os_version];
        let words: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).map(String::as_str).collect();
        words.join(" ")
    }
}

fn sdk_of_name(name: &str) -> Sdk {
    match name.to_ascii_lowercase().as_str() {
        "js" => Sdk::Js,
        "swift" | "ios" => Sdk::Swift,
        "android" => Sdk::Android,
        "flutter" => Sdk::Flutter,
        "go" => Sdk::Go,
        "unity" => Sdk::Unity,
        "reactnative" => Sdk::ReactNative,
        "rust" => Sdk::Rust,
        "python" => Sdk::Python,
        "cpp" => Sdk::Cpp,
        "unityweb" => Sdk::UnityWeb,
        "node" => Sdk::Node,
        "unreal" => Sdk::Unreal,
        "esp32" => Sdk::Esp32,
        "dotnet" => Sdk::Dotnet,
        _ => Sdk::Unknown,
    }
}

fn parse_version(text: &str) -> (u32, u32, u32) {
    let mut numbers = text.split(['.', '-', '+']).map(|part| part.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(sdk: &str, version: &str, protocol: &str) -> Client {
        let query = [("sdk", sdk), ("version", version), ("protocol", protocol)];
        let query = query.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Client::from_info(Client::info_of_query(&query))
    }

    #[test]
    fn sdks_that_turn_a_small_message_size_into_an_error_get_it_and_those_that_hang_do_not() {
        let cases = [
            ("js", "1.15.13", REFUSING_MESSAGE_SIZE),
            ("js", "2.0.0", REFUSING_MESSAGE_SIZE),
            ("js", "2.5.10", REFUSING_MESSAGE_SIZE),
            ("js", "2.6.0", ORDINARY_MESSAGE_SIZE),
            ("js", "2.15.16", ORDINARY_MESSAGE_SIZE),
            ("js", "2.19.9", ORDINARY_MESSAGE_SIZE),
            ("js", "2.20.0", REFUSING_MESSAGE_SIZE),
            ("js", "2.23.0", REFUSING_MESSAGE_SIZE),
            ("js", "3.0.0-rc.1", REFUSING_MESSAGE_SIZE),
            ("swift", "2.14.9", ORDINARY_MESSAGE_SIZE),
            ("swift", "2.15.0", REFUSING_MESSAGE_SIZE),
            ("ios", "2.16.0", REFUSING_MESSAGE_SIZE),
            ("rust", "0.7.45", REFUSING_MESSAGE_SIZE),
            ("python", "1.2.1", REFUSING_MESSAGE_SIZE),
            ("unity", "2.0.0", REFUSING_MESSAGE_SIZE),
            ("node", "1.1.0", REFUSING_MESSAGE_SIZE),
            ("cpp", "1.0.0", REFUSING_MESSAGE_SIZE),
            ("android", "2.27.0", ORDINARY_MESSAGE_SIZE),
            ("flutter", "2.11.0", ORDINARY_MESSAGE_SIZE),
            ("go", "2.18.1", ORDINARY_MESSAGE_SIZE),
            ("reactnative", "2.9.0", ORDINARY_MESSAGE_SIZE),
            ("something", "1.0", ORDINARY_MESSAGE_SIZE),
        ];
        for (sdk, version, expected) in cases {
            assert_eq!(client(sdk, version, "15").refusing_message_size(), expected, "{sdk} {version}");
        }
    }

    #[test]
    fn versions_of_any_spelling_are_read_or_zero() {
        let cases = [
            ("2.23.0", (2, 23, 0)),
            ("2.5", (2, 5, 0)),
            ("1.2.3-beta.4", (1, 2, 3)),
            ("", (0, 0, 0)),
            ("v", (0, 0, 0)),
        ];
        for (text, expected) in cases {
            assert_eq!(client("js", text, "").version, expected, "{text}");
        }
    }

    #[test]
    fn the_protocol_decides_what_a_client_bears() {
        let rust = |protocol| client("rust", "0.7.0", protocol);
        assert!(!rust("9").bears_request_responses() && rust("10").bears_request_responses());
        assert!(!rust("14").bears_success_responses() && rust("15").bears_success_responses());
        let js = |version, protocol| client("js", version, protocol);
        assert!(js("1.0.0", "8").bears_request_responses());
        assert!(!js("1.6.2", "9").knows_reconnect_response() && js("1.6.3", "9").knows_reconnect_response());
        assert!(!js("2.0.0", "12").knows_leave_action() && js("2.1.3", "13").knows_leave_action());
        assert!(!js("1.0.0", "6").knows_track_unpublished() && js("1.0.0", "7").knows_track_unpublished());
    }
}
