//! `encoding/hex`

use std::fmt::Write as _;

use super::args::*;
use crate::data::Data;
use crate::func::{CallError, CallResult, Package};
use crate::kind::Kind;

pub(super) const PACKAGE: Package = Package {
    path: "encoding/hex",
    functions: &[
        data("EncodedLen", &[INT], Kind::INT, |a| int(int_at(a, 0)?.wrapping_mul(2))),
        data("DecodedLen", &[INT], Kind::INT, |a| int(int_at(a, 0)? / 2)),
        data("Decode", &[STR], Kind(Kind::BYTES.0 | Kind::STRING.0), decode),
        data("Dump", &[TEXT], Kind::STRING, |a| text(dump(octets(a, 0)))),
        data("Encode", &[TEXT], Kind::STRING, |a| text(encode(octets(a, 0)))),
    ],
    values: "",
};

/// Lower-case hexadecimal digits.
pub(super) fn encode(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

fn decode(a: &[Data]) -> CallResult {
    let digits = str_at(a, 0).as_bytes();
    let digit = |b: u8| {
        char::from(b).to_digit(16).ok_or_else(|| {
            let shown = char::from(b).escape_unicode();
            CallError::fatal(format!("encoding/hex: invalid byte: {shown}"))
        })
    };
    let mut out = Vec::with_capacity(digits.len() / 2);
    for pair in digits.chunks(2) {
        let high = digit(pair[0])?;
        let Some(low) = pair.get(1) else {
            return Err(CallError::fatal("encoding/hex: odd length hex string"));
        };
        out.push((high * 16 + digit(*low)?) as u8);
    }
    Ok(Data::bytes(out))
}

/// Sixteen octets a line: offset, two groups of digits, the printable characters.
fn dump(bytes: &[u8]) -> String {
    let mut out = String::new();
    for (line, chunk) in bytes.chunks(16).enumerate() {
        let _ = write!(out, "{:08x}", line * 16);
        for i in 0..16 {
            out.push_str(if i % 8 == 0 { "  " } else { " " });
            match chunk.get(i) {
                Some(b) => {
                    let _ = write!(out, "{b:02x}");
                }
                None => out.push_str("  "),
            }
        }
        let printable = |b: &u8| if (32..127).contains(b) { char::from(*b) } else { '.' };
        out.push_str("  |");
        out.extend(chunk.iter().map(printable));
        out.push_str("|\n");
    }
    out
}
