//! Seeded randomness: uids, generated names and tokens.
//!
//! Invariant: two hubs built with the same seed hand out the same sequence.

use std::sync::Mutex;

use crate::store::lock;

const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
const MAX_GENERATED: usize = 63;
const SUFFIX: usize = 5;

/// A source of names and uids.
#[derive(Debug)]
pub(crate) struct Names {
    state: Mutex<u64>,
}

impl Names {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: Mutex::new(seed) }
    }

    /// The next 64 bits of the splitmix64 sequence.
    pub(crate) fn next(&self) -> u64 {
        let mut state = lock(&self.state);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A random (version 4) uid.
    pub(crate) fn uid(&self) -> String {
        let mut bytes = [0u8; 16];
        bytes[..8].copy_from_slice(&self.next().to_be_bytes());
        bytes[8..].copy_from_slice(&self.next().to_be_bytes());
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// `prefix`, cut so that it fits, plus five random characters.
    pub(crate) fn generate(&self, prefix: &str) -> String {
        let cut = prefix.floor_char_boundary(MAX_GENERATED - SUFFIX);
        let mut bits = self.next();
        let suffix: String = (0..SUFFIX)
            .map(|_| {
                let pick = (bits % ALPHABET.len() as u64) as usize;
                bits /= ALPHABET.len() as u64;
                char::from(ALPHABET[pick])
            })
            .collect();
        format!("{}{suffix}", &prefix[..cut])
    }

    /// A bearer token.
    pub(crate) fn token(&self) -> String {
        format!("{:016x}{:016x}", self.next(), self.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_same_names() {
        let (a, b) = (Names::new(7), Names::new(7));
        assert_eq!(a.uid(), b.uid());
        assert_eq!(a.generate("web-"), b.generate("web-"));
        assert_ne!(a.uid(), a.uid());
    }

    #[test]
    fn long_prefixes_are_cut() {
        assert_eq!(Names::new(1).generate(&"x".repeat(100)).len(), 63);
    }
}
