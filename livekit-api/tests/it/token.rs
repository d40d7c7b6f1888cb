//! Access tokens: what is accepted, and each refusal in its words.
use crate::harness::{KEY, SECRET, claims, config, now, sign};
use base64::Engine;
use livekit_api::config::Keys;
use livekit_api::token::{Claims, TokenError, sign as sign_with, verify};

fn part(json: &str) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json)
}

fn expiring(exp: Option<u64>, nbf: Option<u64>) -> String {
    sign(&Claims { exp, nbf, ..claims("hall", "anna") })
}

#[test]
fn tokens_are_accepted_or_refused_each_in_its_words() {
    let now_s = now().unix_ms / 1000;
    let body = part(&format!(r#"{{"iss":"{KEY}","sub":"anna","exp":{},"video":{{"roomJoin":true}}}}"#, now_s + 60));
    let unsigned = format!("{}.{body}.", part(r#"{"alg":"none","typ":"JWT"}"#));
    let none_with_signature = format!("{}.{body}.c2ln", part(r#"{"alg":"nOnE"}"#));
    let rsa = format!("{}.{body}.c2ln", part(r#"{"alg":"RS256"}"#));
    let good = sign(&claims("hall", "anna"));
    let swapped = format!("{}.{body}.{}", good.split('.').next().unwrap(), good.rsplit('.').next().unwrap());
    let other_secret = sign_with(&claims("hall", "anna"), &Keys::default().with(KEY, "another secret")).unwrap();
    let stranger = Claims { iss: "nobody".to_owned(), ..claims("hall", "anna") };
    let unknown_key = sign_with(&stranger, &Keys::default().with("nobody", SECRET)).unwrap();
    let cases = [
        ("good", good.clone(), None),
        ("just expired, within the leeway", expiring(Some(now_s - 59), None), None),
        ("expired", expiring(Some(now_s - 61), None), Some(TokenError::Expired)),
        ("no expiry", expiring(None, None), Some(TokenError::NoExpiry)),
        ("valid in a minute", expiring(Some(now_s + 600), Some(now_s + 59)), None),
        ("valid later", expiring(Some(now_s + 600), Some(now_s + 61)), Some(TokenError::NotYet)),
        ("alg none", unsigned, Some(TokenError::Algorithm)),
        ("alg nOnE", none_with_signature, Some(TokenError::Algorithm)),
        ("RS256", rsa, Some(TokenError::Algorithm)),
        ("body swapped", swapped, Some(TokenError::Signature)),
        ("wrong secret", other_secret, Some(TokenError::Signature)),
        ("unknown key", unknown_key, Some(TokenError::UnknownKey)),
        ("empty", String::new(), Some(TokenError::Malformed)),
        ("two parts", "a.b".to_owned(), Some(TokenError::Malformed)),
        ("four parts", format!("{good}.x"), Some(TokenError::Malformed)),
        ("not base64", "!!.!!.!!".to_owned(), Some(TokenError::Malformed)),
        ("header not JSON", format!("{}.{body}.x", part("hello")), Some(TokenError::Malformed)),
        ("claims not JSON", format!("{}.{}.x", part(r#"{"alg":"HS256"}"#), part("[1]")), Some(TokenError::Malformed)),
        ("two megabytes", "a".repeat(2 << 20), Some(TokenError::Malformed)),
    ];
    for (what, token, expected) in cases {
        assert_eq!(verify(&token, &config().keys, now()).err(), expected, "{what}");
    }
}

#[test]
fn a_refusal_never_repeats_the_token() {
    let token = format!("{}.{}.c2ln", part(r#"{"alg":"none"}"#), part(r#"{"sub":"hush"}"#));
    let error = verify(&token, &config().keys, now()).unwrap_err().to_string();
    assert!(!error.contains(&token[..20]), "{error}");
}

#[test]
fn claims_keep_their_meaning_over_a_round_trip() {
    let mut original = claims("hall", "anna");
    original.attributes.insert("k".to_owned(), "v".to_owned());
    let video = original.video.get_or_insert_default();
    video.can_publish = Some(false);
    video.can_publish_sources = vec!["microphone".to_owned()];
    let read = verify(&sign(&original), &config().keys, now()).unwrap();
    assert_eq!(read.video, original.video);
    assert_eq!((read.identity(), &read.attributes), ("anna", &original.attributes));
}

#[test]
fn the_identity_falls_back_to_the_tokens_id() {
    let token = sign(&Claims { sub: String::new(), jti: "by-id".to_owned(), ..claims("hall", "") });
    assert_eq!(verify(&token, &config().keys, now()).unwrap().identity(), "by-id");
}
