//! HTTP Basic authentication of the REST API, compared in constant time.
use aws_lc_rs::{constant_time, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The API's only user.
pub(crate) const USER: &str = "OPENVIDUAPP";

/// Whether an `Authorization` header opens the API.
pub(crate) fn is_authorized(header: &str, secret: &str) -> bool {
    let Some((scheme, encoded)) = header.split_once(' ') else { return false };
    if !scheme.eq_ignore_ascii_case("basic") {
        return false;
    }
    let Ok(decoded) = STANDARD.decode(encoded.trim()) else { return false };
    !secret.is_empty() && same(&decoded, format!("{USER}:{secret}").as_bytes())
}

/// Whether `given` is the server's secret; an empty secret is nobody's.
pub(crate) fn is_secret(given: &str, secret: &str) -> bool {
    !secret.is_empty() && same(given.as_bytes(), secret.as_bytes())
}

/// Equality whose time says nothing of where, nor of the lengths: digests are compared.
fn same(left: &[u8], right: &[u8]) -> bool {
    let hash = |bytes| digest::digest(&digest::SHA256, bytes);
    constant_time::verify_slices_are_equal(hash(left).as_ref(), hash(right).as_ref()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_user_and_secret_open_the_api() {
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        let cases = [
            (basic("OPENVIDUAPP:MY_SECRET"), true),
            (basic("OPENVIDUAPP:MY_SECRET").replace("Basic", "basic"), true),
            (basic("OPENVIDUAPP:my_secret"), false),
            (basic("OPENVIDUAPP:"), false),
            (basic("OPENVIDUAPP"), false),
            (basic("openviduapp:MY_SECRET"), false),
            (basic(":MY_SECRET"), false),
            ("Bearer MY_SECRET".to_owned(), false),
            ("Basic".to_owned(), false),
            ("Basic !!!".to_owned(), false),
            (String::new(), false),
        ];
        for (header, opens) in cases {
            assert_eq!(is_authorized(&header, "MY_SECRET"), opens, "{header}");
        }
        assert!(!is_authorized(&basic("OPENVIDUAPP:"), ""), "without a secret nothing opens");
        assert!(is_secret("a", "a") && !is_secret("", "") && !is_secret("b", "a"));
    }
}
