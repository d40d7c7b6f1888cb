//! The token as a URL, which is all that a v2 app knows of the server (openvidu-v2 section 0).
use crate::config::Origin;
use crate::connection::Role;
use crate::turn::Credentials;

/// `wss://host?sessionId=<session>&token=<token>`.
pub(crate) fn token_url(origin: &Origin, session: &str, token: &str) -> String {
    format!("{}?sessionId={}&token={token}", origin.ws_url(), percent_encoded(session))
}

/// What SDKs up to 2.15 read from the token's query: the role, and where there is a TURN server, its credentials.
///
/// Those SDKs split the query on every `=`, so the credential goes without its base64 padding: a TURN server of ours takes
/// it so; a strict one refuses it, and the client goes on without TURN.
pub(crate) fn items_for_old_sdks(role: Role, turn: Option<(&str, Credentials)>) -> String {
    let mut items = format!("&role={}", role.name());
    if let Some((host, credentials)) = turn {
        let credential = credentials.credential.trim_end_matches('=');
        items.push_str(&format!("&coturnIp={host}&turnUsername={}&turnCredential={credential}", credentials.username));
    }
    items
}

/// The token that a client shows: the `token` item of the URL, whatever its host, or the text itself where it is no URL.
pub(crate) fn token_of(shown: &str) -> &str {
    let query = shown.split_once('?').map_or(shown, |(_, query)| query);
    query.split(['&', '#']).find_map(|item| item.strip_prefix("token=")).unwrap_or(shown)
}

/// The session's name as it was before [`token_url`] put it into a URL. Names of v2's own alphabet are unchanged.
pub(crate) fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(value) if *byte == b'%' => {
                decoded.push(value);
                at += 3;
            }
            Some(_) | None => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_in_its_url_whatever_the_host() {
        let origin = Origin { secure: true, host: "a.example:4443".into() };
        let url = token_url(&origin, "s-1", "tok_X");
        assert_eq!(url, "wss://a.example:4443?sessionId=s-1&token=tok_X");
        let cases = [
            (url.as_str(), "tok_X"),
            ("ws://proxy?sessionId=s-1&token=tok_X&role=PUBLISHER", "tok_X"),
            ("wss://a/?token=tok_X#x", "tok_X"),
            ("tok_X", "tok_X"),
            ("wss://a?sessionId=s", "wss://a?sessionId=s"),
            ("", ""),
        ];
        for (shown, token) in cases {
            assert_eq!(token_of(shown), token, "{shown}");
        }
    }

    #[test]
    fn a_room_name_of_any_alphabet_survives_the_url() {
        for name in ["plain_Name-1", "with space", "a&b=c?d#e", "Sitzung für 100 %", "%41"] {
            let origin = Origin { secure: false, host: "h".into() };
            let url = token_url(&origin, name, "t");
            let session = url.split("sessionId=").nth(1).unwrap().split('&').next().unwrap();
            assert_eq!(percent_decoded(session), name);
            assert!(!session.contains(['=', '&', '?', '#', ' ']), "{session}");
        }
        assert_eq!(percent_decoded("50%"), "50%");
        assert_eq!(percent_decoded("%zz%é"), "%zz%é");
    }

    #[test]
    fn no_item_for_old_sdks_holds_a_second_equals_sign() {
        let credentials = Credentials { username: "1:a".into(), credential: "abc=".into() };
        let items = items_for_old_sdks(Role::Moderator, Some(("h", credentials)));
        assert_eq!(items, "&role=MODERATOR&coturnIp=h&turnUsername=1:a&turnCredential=abc");
        for item in items.split('&').skip(1) {
            assert_eq!(item.matches('=').count(), 1, "{item}");
        }
    }
}
