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

    /// Knows `TrackUnpublished` (protocol 7).
    pub fn knows_track_unpublished(&self) -> bool {
        self.protocol() >= 7
    }

    /// Takes the stream's name in `a=msid`'s first part (protocol 10; Firefox then loses the track's id).
    pub fn takes_stream_names(&self) -> bool {
        self.protocol() >= 10 && !self.is_firefox()
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
