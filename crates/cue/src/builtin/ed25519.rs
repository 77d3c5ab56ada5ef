//! `crypto/ed25519`: verification of signatures.

use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};

use super::args::*;
use crate::data::Data;
use crate::func::{CallError, CallResult, Package};
use crate::kind::Kind;

pub(super) const PACKAGE: Package = Package {
    path: "crypto/ed25519",
    functions: &[data("Valid", &[TEXT, TEXT, TEXT], Kind::BOOL, valid)],
    values: "PublicKeySize: 32",
};

fn valid(a: &[Data]) -> CallResult {
    let Ok(key) = <&[u8; 32]>::try_from(octets(a, 0)) else {
        return Err(CallError::fatal("ed25519: publicKey must be 32 bytes"));
    };
    let key = VerifyingKey::from_bytes(key);
    let signature = Signature::from_slice(octets(a, 2));
    truth(match (key, signature) {
        (Ok(key), Ok(signature)) => key.verify(octets(a, 1), &signature).is_ok(),
        _ => false,
    })
}
