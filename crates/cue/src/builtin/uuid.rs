//! `uuid`: RFC 4122 in the forms that the reference reads: plain, with `urn:uuid:`, in braces, digits only.

use md5::Md5;
use num_bigint::{BigInt, BigUint};
use sha1::Sha1;
use sha2::Digest;

use super::args::*;
use super::bits::{big, big_at};
use super::hex;
use crate::data::Data;
use crate::func::{CallError, CallResult, Package};
use crate::kind::Kind;

const S: Kind = Kind::STRING;
type Uuid = [u8; 16];

pub(super) const PACKAGE: Package = Package {
    path: "uuid",
    functions: &[
        data("Valid", &[STR], Kind::BOTTOM, |a| parse(str_at(a, 0)).and_then(|_| truth(true))),
        data("Parse", &[STR], S, |a| text(plain(parse(str_at(a, 0))?))),
        data("URN", &[STR], S, |a| text(format!("urn:uuid:{}", plain(parse(str_at(a, 0))?)))),
        data("FromInt", &[INT], S, from_int),
        data("ToInt", &[STR], Kind::INT, |a| {
            big(BigInt::from(BigUint::from_bytes_be(str_at(a, 0).as_bytes())))
        }),
        data("Variant", &[STR], Kind::INT, |a| int(variant(parse(str_at(a, 0))?))),
        data("Version", &[STR], Kind::INT, |a| int(i64::from(parse(str_at(a, 0))?[6] >> 4))),
        data("SHA1", &[STR, TEXT], S, |a| named::<Sha1>(a, 5)),
        data("MD5", &[STR, TEXT], S, |a| named::<Md5>(a, 3)),
    ],
    values: r#"
ns: {
	DNS:  "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
	URL:  "6ba7b811-9dad-11d1-80b4-00c04fd430c8"
	OID:  "6ba7b812-9dad-11d1-80b4-00c04fd430c8"
	X500: "6ba7b814-9dad-11d1-80b4-00c04fd430c8"
	Nil:  "00000000-0000-0000-0000-000000000000"
}
variants: {
	Invalid:   0
	RFC4122:   1
	Reserved:  2
	Microsoft: 3
	Future:    4
}
"#,
};

fn parse(s: &str) -> Result<Uuid, CallError> {
    let body = match s.len() {
        36 => s,
        45 if s[..9].eq_ignore_ascii_case("urn:uuid:") => &s[9..],
        45 => return Err(CallError::fatal(format!("invalid urn prefix: {:?}", s.get(..9)))),
        38 if s.is_ascii() => &s[1..37],
        32 => s,
        n => return Err(CallError::fatal(format!("invalid UUID length: {n}"))),
    };
    read(body.as_bytes()).ok_or_else(|| CallError::fatal("invalid UUID format"))
}

/// Digits, with dashes in their places when there are 36 characters.
fn read(body: &[u8]) -> Option<Uuid> {
    let dashed = body.len() == 36;
    let dash = |i: &usize| dashed && [8, 13, 18, 23].contains(i);
    if (0..body.len()).filter(dash).any(|i| body[i] != b'-') {
        return None;
    }
    let digits = (0..body.len()).filter(|i| !dash(i)).map(|i| char::from(body[i]).to_digit(16));
    let digits: Option<Vec<u32>> = digits.collect();
    let bytes: Vec<u8> = digits?.chunks(2).map(|d| (d[0] * 16 + d[1]) as u8).collect();
    bytes.try_into().ok()
}

fn plain(id: Uuid) -> String {
    let digits = hex::encode(&id);
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

fn from_int(a: &[Data]) -> CallResult {
    let bytes = big_at(a, 0).magnitude().to_bytes_be();
    let mut id = Uuid::default();
    let Some(free) = id.len().checked_sub(bytes.len()) else {
        return Err(CallError::fatal(format!("invalid UUID (got {} bytes)", bytes.len())));
    };
    id[free..].copy_from_slice(&bytes);
    text(plain(id))
}

fn variant(id: Uuid) -> i64 {
    match id[8] {
        b if b & 0xc0 == 0x80 => 1,
        b if b & 0xe0 == 0xc0 => 3,
        b if b & 0xe0 == 0xe0 => 4,
        _ => 2,
    }
}

fn named<D: Digest>(a: &[Data], version: u8) -> CallResult {
    let space = parse(str_at(a, 0))?;
    let sum = D::new().chain_update(space).chain_update(octets(a, 1)).finalize();
    let mut id = Uuid::default();
    id.copy_from_slice(&sum[..16]);
    id[6] = id[6] & 0x0f | version << 4;
    id[8] = id[8] & 0x3f | 0x80;
    text(plain(id))
}
