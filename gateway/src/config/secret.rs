//! A text that must never be printed by accident.
use aws_lc_rs::{constant_time, digest};
use std::fmt;

/// A secret. `Debug` and `Display` show a mask; [`Secret::expose`] is what code that needs it calls.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether somebody gave this secret.
    pub fn is(&self, given: &[u8]) -> bool {
        same(given, self.0.as_bytes())
    }

    /// Whether somebody gave it as this user's password: `user:password`, as HTTP Basic has it (RFC 7617).
    pub fn is_of(&self, user: &str, given: &[u8]) -> bool {
        same(given, format!("{user}:{}", self.0).as_bytes())
    }
}

/// Equality whose time says nothing of where, nor of the lengths: digests are compared.
fn same(left: &[u8], right: &[u8]) -> bool {
    let hash = |bytes| digest::digest(&digest::SHA256, bytes);
    constant_time::verify_slices_are_equal(hash(left).as_ref(), hash(right).as_ref()).is_ok()
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("********")
    }
}
