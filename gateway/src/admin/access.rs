//! Who may use the admin API: one secret, compared in constant time.
use crate::config::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The settings of the admin API.
#[derive(Clone, Debug, Default)]
pub struct AdminConfig {
    /// `admin.token`; empty: none.
    pub token: Secret,
}

/// What opens the admin API.
#[derive(Clone, Debug)]
pub enum Access {
    /// Nothing does.
    Off,
    /// A secret: as bearer token, or as password of this user.
    By {
        /// The user.
        user: &'static str,
        /// The secret.
        secret: Secret,
    },
}

impl Access {
    /// What opens it: the token where there is one; without it, in development mode, what opens the OpenVidu v2 API.
    pub fn new(admin: &AdminConfig, dev: bool, v2_secret: &Secret) -> Self {
        if !admin.token.expose().is_empty() {
            Self::By { user: "admin", secret: admin.token.clone() }
        } else if dev && !v2_secret.expose().is_empty() {
            Self::By { user: "OPENVIDUAPP", secret: v2_secret.clone() }
        } else {
            Self::Off
        }
    }

    /// True where this `Authorization` header opens it.
    pub fn opens(&self, header: &str) -> bool {
        let Self::By { user, secret } = self else { return false };
        let Some((scheme, given)) = header.split_once(' ') else { return false };
        let given = given.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return secret.is(given.as_bytes());
        }
        let decoded = STANDARD.decode(given).unwrap_or_default();
        scheme.eq_ignore_ascii_case("basic") && secret.is_of(user, &decoded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_opens_it_or_in_development_mode_the_v2_secret_and_else_nothing() {
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        let token = AdminConfig { token: Secret::new("long-token") };
        let (none, v2) = (AdminConfig::default(), Secret::new("MY_SECRET"));
        let cases = [
            (&token, false, "Bearer long-token".to_owned(), true),
            (&token, false, "bearer  long-token".to_owned(), true),
            (&token, false, basic("admin:long-token"), true),
            (&token, false, basic("OPENVIDUAPP:long-token"), false),
            (&token, true, basic("OPENVIDUAPP:MY_SECRET"), false),
            (&token, true, "Bearer MY_SECRET".to_owned(), false),
            (&none, true, basic("OPENVIDUAPP:MY_SECRET"), true),
            (&none, true, "Bearer MY_SECRET".to_owned(), true),
            (&none, false, basic("OPENVIDUAPP:MY_SECRET"), false),
            (&none, false, "Bearer ".to_owned(), false),
            (&token, false, "Bearer".to_owned(), false),
            (&token, false, "Basic !!!".to_owned(), false),
            (&token, false, String::new(), false),
        ];
        for (admin, dev, header, opens) in cases {
            assert_eq!(Access::new(admin, dev, &v2).opens(&header), opens, "{header} {dev}");
        }
        assert!(!Access::new(&none, true, &Secret::default()).opens("Bearer "), "no secret opens nothing");
    }
}
