//! The generator of randomness that is handed to every state machine: from the system in production, from a seed in tests.
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};

/// A cryptographically strong generator; one seed is one run.
pub struct Random(StdRng);

impl Random {
    /// A generator whose whole output follows from `seed`: for tests and simulations only.
    pub fn seeded(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// A generator seeded by 32 bytes of the system's own randomness, which the caller drew.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(StdRng::from_seed(seed))
    }

    /// An independent generator, for handing on to another state machine.
    pub fn fork(&mut self) -> Self {
        let mut seed = [0; 32];
        self.0.fill_bytes(&mut seed);
        Self::from_seed(seed)
    }

    /// A number from 0 to `bound - 1`; 0 where `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.0.random_range(0..bound) }
    }

    /// A 32-bit number, never 0: an SSRC.
    pub fn ssrc(&mut self) -> u32 {
        self.0.random_range(1..=u32::MAX)
    }

    /// Fills `bytes`.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }

    /// `length` letters and digits: ICE passwords, tokens.
    pub fn alphanumeric(&mut self, length: usize) -> String {
        const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        (0..length).map(|_| char::from(ALPHABET[self.0.random_range(0..ALPHABET.len())])).collect()
    }

    /// `length` upper-case letters.
    pub fn upper_case(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(b'A' + self.0.random_range(0..26u8))).collect()
    }
}
