//! Secrets that must not go on the network.
use super::Config;
use super::key::Key;
use super::keys;
use super::layer::{Place, Problem};
use super::resolve::Settings;

/// LiveKit's own minimum for API secrets, bytes.
const LIVEKIT_SECRET_BYTES_MIN: usize = 32;
/// A v2 secret below this is told to be short, bytes; existing deployments keep theirs.
const V2_SECRET_BYTES_SHORT: usize = 16;
/// Secrets that everybody knows.
const KNOWN_SECRETS: [&str; 4] = ["MY_SECRET", "secret", "devkey", "changeme"];

/// Outside development mode nobody may be let in by a secret that everybody knows or can guess.
pub(super) fn check(config: &Config, settings: &Settings, problems: &mut Vec<Problem>, notes: &mut Vec<Problem>) {
    let open = config.http.bind.iter().any(|address| !address.is_loopback());
    let v2 = settings.text(&keys::V2_SECRET);
    let v2_place = || settings.place(&keys::V2_SECRET);
    if v2.is_empty() && config.livekit.keys.is_empty() {
        let text = "openvidu.secret (OPENVIDU_SECRET) is unset, and so are LiveKit's keys; set one, or start with --dev to try things";
        problems.push(Problem::new(v2_place(), text));
    } else if v2.is_empty() {
        let text = "openvidu.secret (OPENVIDU_SECRET) is unset: nobody may use the OpenVidu v2 API";
        notes.push(Problem::new(v2_place(), text));
    }
    if config.livekit.keys.is_empty() {
        let text = "keys is empty; set a LiveKit API key with its secret, or start with --dev to try things";
        notes.push(Problem::new(settings.place(&keys::API_KEYS), text));
    }
    if config.dev && !open {
        return;
    }
    let admin = settings.text(&keys::ADMIN_TOKEN);
    let admin_place = settings.place(&keys::ADMIN_TOKEN);
    if KNOWN_SECRETS.contains(&admin) && open {
        problems.push(Problem::new(admin_place, "admin.token is one that everybody knows; choose another"));
    } else if !admin.is_empty() && admin.len() < V2_SECRET_BYTES_SHORT {
        notes.push(Problem::new(admin_place, "admin.token is short: who guesses it rules the server"));
    }
    let dev_key = |key: &Key| config.dev && settings.place(key) == Place::Default;
    if KNOWN_SECRETS.contains(&v2) && !config.dev && open {
        problems.push(Problem::new(v2_place(), "openvidu.secret is one that everybody knows; choose another"));
    } else if v2.len() < V2_SECRET_BYTES_SHORT && !v2.is_empty() && !dev_key(&keys::V2_SECRET) {
        notes.push(Problem::new(v2_place(), "openvidu.secret is short; existing apps work with a longer one as well"));
    }
    for (key, secret) in config.livekit.keys.iter().filter(|_| open && !config.dev) {
        let place = settings.place(&keys::API_KEYS);
        if KNOWN_SECRETS.contains(&secret.expose()) {
            let text = format!("the secret of API key {key} is one that everybody knows; choose another");
            problems.push(Problem::new(place, text));
        } else if secret.expose().len() < LIVEKIT_SECRET_BYTES_MIN {
            let text = format!("the secret of API key {key} is short: let it have {LIVEKIT_SECRET_BYTES_MIN} bytes");
            notes.push(Problem::new(place, text));
        }
    }
    if config.dev && open {
        let text = "development mode with its known secrets is open to other machines";
        notes.push(Problem::new(settings.place(&keys::BIND_ADDRESSES), text));
    }
}
