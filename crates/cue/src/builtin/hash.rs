//! `crypto/md5`, `crypto/sha1`, `crypto/sha256`, `crypto/sha512` and `crypto/hmac`: digests of strings and bytes.

use md5::Md5;
use sha1::Sha1;
use sha2::digest::block_api::BlockSizeUser;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};

use super::args::*;
use crate::data::Data;
use crate::func::{CallError, CallResult, Function, Package};
use crate::kind::Kind;

const SUM: Kind = Kind(Kind::BYTES.0 | Kind::STRING.0);

const fn digest<D: Digest>(name: &'static str) -> Function {
    data(name, &[TEXT], SUM, |a| Ok(Data::bytes(D::digest(octets(a, 0)).to_vec())))
}

pub(super) const MD5: Package = Package {
    path: "crypto/md5",
    functions: &[digest::<Md5>("Sum")],
    values: "Size: 16\nBlockSize: 64",
};

pub(super) const SHA1: Package = Package {
    path: "crypto/sha1",
    functions: &[digest::<Sha1>("Sum")],
    values: "Size: 20\nBlockSize: 64",
};

pub(super) const SHA256: Package = Package {
    path: "crypto/sha256",
    functions: &[digest::<Sha256>("Sum256"), digest::<Sha224>("Sum224")],
    values: "Size: 32\nSize224: 28\nBlockSize: 64",
};

pub(super) const SHA512: Package = Package {
    path: "crypto/sha512",
    functions: &[
        digest::<Sha512>("Sum512"),
        digest::<Sha384>("Sum384"),
        digest::<Sha512_224>("Sum512_224"),
        digest::<Sha512_256>("Sum512_256"),
    ],
    values: "Size: 64\nSize224: 28\nSize256: 32\nSize384: 48\nBlockSize: 128",
};

pub(super) const HMAC: Package = Package {
    path: "crypto/hmac",
    functions: &[data("Sign", &[STR, TEXT, TEXT], SUM, sign)],
    values: r#"
MD5:        "MD5"
SHA1:       "SHA1"
SHA224:     "SHA224"
SHA256:     "SHA256"
SHA384:     "SHA384"
SHA512:     "SHA512"
SHA512_224: "SHA512_224"
SHA512_256: "SHA512_256"
"#,
};

fn sign(a: &[Data]) -> CallResult {
    let (key, message) = (octets(a, 1), octets(a, 2));
    let mac = match str_at(a, 0) {
        "MD5" => hmac::<Md5>(key, message),
        "SHA1" => hmac::<Sha1>(key, message),
        "SHA224" => hmac::<Sha224>(key, message),
        "SHA256" => hmac::<Sha256>(key, message),
        "SHA384" => hmac::<Sha384>(key, message),
        "SHA512" => hmac::<Sha512>(key, message),
        "SHA512_224" => hmac::<Sha512_224>(key, message),
        "SHA512_256" => hmac::<Sha512_256>(key, message),
        _ => return Err(CallError::fatal("unsupported hash function")),
    };
    Ok(Data::bytes(mac))
}

/// RFC 2104: the digest of the key and the digest of the key and the message, the key padded to a block.
fn hmac<D: Digest + BlockSizeUser>(key: &[u8], message: &[u8]) -> Vec<u8> {
    let size = D::block_size();
    let mut block = if key.len() > size { D::digest(key).to_vec() } else { key.to_vec() };
    block.resize(size, 0);
    let padded = |pad: u8| block.iter().map(|b| b ^ pad).collect::<Vec<u8>>();
    let inner = D::new().chain_update(padded(0x36)).chain_update(message).finalize();
    D::new().chain_update(padded(0x5c)).chain_update(inner).finalize().to_vec()
}
